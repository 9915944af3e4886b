// Blocks out of whatever a model answers, checked against what is known: never confident by mistake.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completenessOf, newBlock, textOf, wholeDraft, type Draft } from "../src/drafting/block.js";
import { changeBlock, withProposals, type BlockChange } from "../src/drafting/change.js";
import { groundedIn } from "../src/drafting/grounding.js";
import { readBlocks } from "../src/drafting/read-blocks.js";
import type { Source } from "../src/drafting/sources.js";
import { atWork, hiding } from "./support/hidden-characters.js";

const confident = (text: string) => ({
  kind: "confident",
  text,
  note: null,
  alternatives: [],
  sources: [],
  joint: "paragraph",
});

describe("what a model answers is read as blocks", () => {
  it("in the form that is asked for, parsed, as text, or in a fence with words before it", () => {
    const blocks = [confident("Hello,"), { kind: "placeholder", text: "", note: "The date." }];
    const text = JSON.stringify({ blocks });
    for (const answer of [{ blocks }, blocks, text, `Here you are:\n\`\`\`json\n${text}\n\`\`\``]) {
      const read = readBlocks(answer, "whole");
      expect(read.map(({ kind, isOpen }) => [kind, isOpen])).toEqual([
        ["confident", false],
        ["placeholder", true],
      ]);
    }
  });

  it.each([
    ["nothing", ""],
    ["null", null],
    ["words", "I would rather not."],
    ["JSON that is cut off", '{"blocks":[{"kind":"confident","text":"Hello'],
    ["an empty list", { blocks: [] }],
    ["blocks without words", { blocks: [{ kind: "confident", text: "  " }, 7, null, {}] }],
  ])("%s is the whole text, uncertain", (_, answer) => {
    const read = readBlocks(answer, "The whole text.");
    expect(read.every(({ kind }) => kind !== "confident")).toBe(true);
    expect(textOf(read)).not.toBe("");
  });

  it.each([
    ["another word for it", { ...confident("Hello."), kind: "Confident" }],
    ["a sure word with a doubt", { ...confident("Hello."), note: "not sure" }],
    ["a kind that is a list", { ...confident("Hello."), kind: ["confident"] }],
    ["no kind", { text: "Hello." }],
    ["a word alone", "Hello."],
    ["a gap in brackets", confident("Dear [customer's name],")],
    ["a template's gap", confident("Dear {{name}},")],
    ["a line to write on", confident("Signed: ____")],
    ["something to do", confident("TODO: check the date.")],
    ["a mark without width", confident("Pay\u200B now.")],
    ["turned letters", confident("safe \u202Etxt.exe")],
    ["letters of tags", confident("Hi\u{E0041}.")],
    ["a letter of another alphabet that looks the same", confident("See p\u0430ypal for it.")],
    ["empty brackets", confident("Your reference: [ ].")],
    ["brackets of Japanese", confident("【お名前】様")],
    ["a pattern of a date", confident("It arrives on DD.MM.YYYY, we think.")],
    ["a mark of what could not be read", confident("Gr\uFFFDße.")],
    ["more than anybody reads at a glance", confident("word ".repeat(2_000))],
  ])("%s is never confident, and keeps its words", (_, item) => {
    const [block] = readBlocks([item], "whole");
    expect(block).toMatchObject({ kind: "uncertain", isOpen: true });
    expect(block?.note).toBeTruthy();
    expect(block?.text).toBe(typeof item === "string" ? item : item.text);
  });

  it.each(atWork)("%s is confident, although marks without width stand in it", (_, text) => {
    expect(readBlocks([confident(text)], "whole")).toMatchObject([{ kind: "confident", text }]);
  });

  it.each(hiding)("%s makes its block uncertain", (_, text) => {
    expect(readBlocks([confident(text)], "whole")).toMatchObject([
      { kind: "uncertain", note: expect.stringContaining("cannot be seen (U+") as string },
    ]);
  });

  it.each([
    ["half a sign", "Hel\uD800lo."],
    ["a NUL", "Hel\0lo."],
  ])("%s that cannot be kept is seen, and makes its block uncertain", (_, text) => {
    const [block] = readBlocks([confident(text)], "whole");
    expect(block).toMatchObject({ kind: "uncertain", text: "Hel\uFFFDlo." });
  });

  it("a gap that is cut in two by blocks is seen where they meet", () => {
    const cut = [{ ...confident("Dear [customer"), joint: "space" }, confident("name], thank you.")];
    expect(readBlocks(cut, "whole").map(({ kind }) => kind)).toEqual(["uncertain", "uncertain"]);
  });

  it("a gap among the blocks that stand together stays one", () => {
    const many = Array.from({ length: 250 }, () => confident("Yes."));
    const last = readBlocks([...many, { kind: "placeholder", text: "Mara", note: "who signs" }], "").at(-1);
    expect(last).toMatchObject({ kind: "uncertain", text: expect.stringContaining("[who signs] Mara") });
  });

  it("more blocks than a draft has stand together at its end, uncertain, and no word is lost", () => {
    const read = readBlocks(
      Array.from({ length: 1_000 }, (_, n) => confident(`Sentence ${n}.`)),
      "whole",
    );
    expect(read).toHaveLength(200);
    expect(read.at(-1)?.kind).toBe("uncertain");
    expect(textOf(read)).toContain("Sentence 999.");
  });

  it("of anything at all: confident is only a clean text that was called so without a doubt", () => {
    const item = fc.oneof(
      fc.anything(),
      fc.record(
        {
          kind: fc.oneof(fc.constantFrom("confident", "uncertain", "placeholder"), fc.anything()),
          text: fc.oneof(fc.string({ unit: "binary" }), fc.anything()),
          note: fc.oneof(fc.constant(null), fc.string(), fc.anything()),
          alternatives: fc.anything(),
          sources: fc.anything(),
          joint: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), fc.string(), (items, whole) => {
        const read = readBlocks({ blocks: items }, whole);
        expect(read.length).toBeGreaterThan(0);
        for (const block of read) {
          expect(block.isOpen).toBe(block.kind !== "confident");
          if (block.kind !== "confident") continue;
          const given = items.find((one) => Object(one).text === block.text) as Record<string, unknown>;
          expect(given["kind"]).toBe("confident");
          expect(typeof given["note"] === "string" ? given["note"].trim() : "").toBe("");
          expect(block.text.trim()).not.toBe("");
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a block that claims what stands in no source", () => {
  const sources: Source[] = [
    { from: "instructions", text: "You work at the support desk of Northwind." },
    { from: "user", text: 'Refund 420 EUR for order A-8841. You said "it will arrive by Friday".' },
    {
      from: "look_up_order",
      text: '{"id":"A-8841","total":1234.5,"placed":"2026-03-14","customer":{"name":"Mara Lindqvist","email":"mara@example.com"},"discount":"15 %"}',
    },
    {
      from: "look_up_desk",
      text: "Telephone +49 30 1234567, account DE89 3704 0044 0532 0130 00, version 4.7.12, 1.234.567 letters, mara.lind@example.com, https://example.org/terms/old. 2026-03-14 and 2026-03-14.",
    },
  ];
  const ground = (text: string) => {
    const [block] = groundedIn(sources, [newBlock("b1", { kind: "confident", text })]);
    return block;
  };

  it.each([
    "Hello,\n\nthank you for your patience.",
    "Dear Mara Lindqvist,",
    "We refunded 420.00 EUR for order A-8841.",
    "The total was 1,234.50 EUR.",
    "The total was 1.234,50 EUR.",
    "You placed it on 14 March 2026.",
    "You placed it on March 14th.",
    "You were told “it will arrive by Friday”.",
    "Your discount is 15 percent.",
    "We wrote to mara@example.com.",
    "Yours, Northwind",
    "Call us: +49301234567.",
    "Call us: +49 30 1234567.",
    "We used the account DE89370400440532013000.",
    "It is fixed in v4.7.12.",
  ])("stays confident where it says what they say: %s", (text) => {
    expect(ground(text)).toMatchObject({ kind: "confident", isOpen: false });
  });

  it.each([
    ["a number", "We refunded 421 EUR.", "421"],
    ["a part of a number", "We refunded 42 EUR.", "42"],
    ["a number in words", "You get it within twelve days.", "twelve"],
    ["a share of the same figure", "You get 420 % of it.", "420 %"],
    ["a name at the beginning", "Jonas confirmed it.", "Jonas"],
    ["a name inside", "It was confirmed by Metoprolol Berger.", "Metoprolol Berger"],
    ["a part of a known name that is another", "Dear Mara Lind,", "Lind"],
    ["a place", "Send it to our office in Hamburg.", "Hamburg"],
    ["a date", "You placed it on 15 March 2026.", "15 March 2026"],
    ["a year", "You placed it on 14 March 2025.", "14 March 2025"],
    ["a day of the week", "It arrives on Tuesday.", "Tuesday"],
    ["a day to come", "We call you tomorrow.", "tomorrow"],
    ["a quotation", 'You were told "we never refund".', "we never refund"],
    ["an order's number", "Your order A-8842 is late.", "A-8842"],
    ["an address", "Write to help@example.org.", "help@example.org"],
    ["a web page", "See https://example.com/terms for that.", "https://example.com/terms"],
    ["a part of an order's number", "We refund 8841 EUR.", "8841"],
    ["a part of a date", "We refund 14 EUR.", "14"],
    ["a part of a long number", "We refund 567 EUR.", "567"],
    ["a part of a version", "We refund 12 EUR.", "12"],
    ["another version", "It is fixed in 4.7.13.", "4.7.13"],
    ["a part of an account", "We refund 3704 EUR.", "3704"],
    ["another account", "We use DE89 3704 0044 0532 0130 01.", "DE89"],
    ["another telephone", "Call +49 30 7654321.", "+49 30 7654321"],
    ["a part of an address", "Write to lind@example.com.", "lind@example.com"],
    ["a part of a web page", "See https://example.org/terms.", "https://example.org/terms"],
    ["another currency", "We refunded 420 USD.", "USD"],
    ["a sign of another currency", "We refunded $420.", "$"],
    ["a thousand times as much", "We refund 420k EUR.", "420k"],
    ["figures in full width", "We refund ４２１ EUR.", "421"],
    ["figures of another script", "We refund ٤٢١ EUR.", "٤٢١"],
    ["a number in German", "Wir erstatten zwölf davon.", "zwölf"],
    ["a number in French", "Nous remboursons douze.", "douze"],
    ["a number in Japanese", "二百円を返金します。", "二百"],
    ["a fraction", "We refund ½ of it.", "1"],
    ["a quotation in single marks", "You were told ‘we never refund’.", "we never refund"],
    ["a quotation in plain single marks", "You were told 'we never refund'.", "we never refund"],
    ["a quotation over two lines", "You said “we never\nrefund”.", "we never"],
    ["a quotation whose marks do not match", 'You said “we never refund" then.', "we never refund"],
    ["a quotation behind an odd mark", 'The 5" pipe. You said "we never refund".', "we never refund"],
    ["a quotation in Japanese", "「返金しません」と言いました。", "返金しません"],
    ["a quotation of a mail", "> we never refund\n\nThat was wrong.", "we never refund"],
    ["two names in German", "Wir haben mit Jonas Berger gesprochen, und die Sache ist klar.", "Jonas Berger"],
    ["a name in Japanese", "田中さんが確認しました。", "田中"],
    ["a name in German", "Sehr geehrte Frau Berger, wir haben die Bestellung erhalten.", "Berger"],
  ])("is lowered by itself: %s", (_, text, words) => {
    const block = ground(text);
    expect(block).toMatchObject({ kind: "uncertain", isOpen: true });
    expect(block?.note).toContain(words);
  });

  it("German nouns are no names", () => {
    expect(
      ground("Vielen Dank für die Geduld. Wir prüfen das und melden uns, sobald die Prüfung fertig ist.")
        ?.kind,
    ).toBe("confident");
  });

  it("is never raised, and keeps of its sources those that are one", () => {
    const block = newBlock("b1", {
      kind: "uncertain",
      text: "We refund 420 EUR.",
      note: "May be more.",
      sources: [
        { from: "user", quote: "refund  420 eur" },
        { from: "user", quote: "refund everything" },
        { from: "bank", quote: "refund 420 EUR" },
      ],
    });
    expect(groundedIn(sources, [block])[0]).toEqual({
      ...block,
      sources: [{ from: "user", quote: "refund  420 eur" }],
    });
  });

  it("is lowered where it is cut in two by blocks, each of which stands in a source", () => {
    const blocks = [
      newBlock("b1", { kind: "confident", text: "We refund 15", joint: "nothing" }),
      newBlock("b2", { kind: "confident", text: "420 EUR." }),
      newBlock("b3", { kind: "confident", text: "Thank you." }),
    ];
    const sum = [...sources, { from: "user", text: "15 of them" }];
    expect(groundedIn(sum, blocks).map(({ kind }) => kind)).toEqual(["uncertain", "uncertain", "confident"]);
  });

  it("is lowered where a tool only says again what the agent asked it, and not where the tool says it by itself", () => {
    const answered = [
      {
        from: "look_up",
        text: '{"fault":"There is no order B-7 of \\"Jonas\\" for 99 EUR."}',
        asked: ["B-7", 'of "Jonas"', "99"],
      },
      { from: "look_up", text: "C-8 of Ada Lovelace, 199 EUR.", asked: ["C-8", "99"] },
    ];
    const kindOf = (text: string) =>
      groundedIn(answered, [newBlock("b1", { kind: "confident", text })])[0]?.kind;
    for (const text of ["Your order B-7.", "Dear Jonas,", "We refund 99 EUR.", "Your order C-8."])
      expect([text, kindOf(text)]).toEqual([text, "uncertain"]);
    for (const text of ["Dear Ada Lovelace,", "We refund 199 EUR."])
      expect([text, kindOf(text)]).toEqual([text, "confident"]);
    const asked = [{ from: "user", text: "Where is B-7?" }, ...answered];
    expect(groundedIn(asked, [newBlock("b1", { kind: "confident", text: "Your order B-7." })])[0]?.kind).toBe(
      "confident",
    );
  });

  it("is told also where the agent was not sure, and in its other wordings", () => {
    const block = newBlock("b1", {
      kind: "uncertain",
      text: "We refund 421 EUR.",
      note: "Is the tone right?",
      alternatives: ["Jonas refunds it.", "We refund 420 EUR."],
    });
    expect(groundedIn(sources, [block])[0]).toMatchObject({
      note: "Is the tone right? In no source: 421. In no source, of its other wordings: Jonas.",
      alternatives: block.alternatives,
    });
    const sure = newBlock("b1", { ...block, kind: "confident", text: "Thank you.", note: null });
    expect(groundedIn(sources, [sure])[0]).toMatchObject({
      kind: "confident",
      alternatives: ["We refund 420 EUR."],
    });
  });

  it("is lowered, too, where there is more than is looked up", () => {
    const blocks = Array.from({ length: 20 }, (_, n) =>
      newBlock(`b${n}`, { kind: "confident", text: "we thank you. ".repeat(280) }),
    );
    const kinds = groundedIn([], blocks).map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["confident", "uncertain"]);
  });

  it.each([
    ["one word", "a"],
    ["words in a chain", "a-"],
    ["figures", "1 "],
    ["gaps", " "],
    ["dots", "1."],
    ["addresses", "a@"],
  ])("is looked for in what tools answered without end, also where it is all %s", (_, text) => {
    const answers = Array.from({ length: 200 }, () => ({ from: "read", text: text.repeat(100_000) }));
    expect(groundedIn(answers, [newBlock("b1", { kind: "confident", text: "Thank you." })])[0]?.kind).toBe(
      "confident",
    );
  });

  it("of any words that stand in no source, none is confident that holds them as a number, a name or a quotation", () => {
    const invented = fc.oneof(
      fc.integer({ min: 10_000, max: 999_999 }).map((n) => `It costs ${n} EUR.`),
      fc.stringMatching(/^[A-Z][a-z]{4,9} [A-Z][a-z]{4,9}$/).map((name) => `We heard it from ${name} today.`),
      fc.stringMatching(/^[a-z]{3,8} [a-z]{3,8} [a-z]{3,8}$/).map((words) => `You wrote “${words}” to us.`),
    );
    fc.assert(
      fc.property(invented, (text) => {
        expect(groundedIn([], [newBlock("b1", { kind: "confident", text })])[0]?.kind).toBe("uncertain");
      }),
    );
  });
});

describe("a draft under change", () => {
  const draft: Draft = {
    ...wholeDraft("body", "", "", false),
    blocks: [
      newBlock("b1", { kind: "confident", text: "Hello," }),
      newBlock("b2", {
        kind: "uncertain",
        text: "It comes soon.",
        note: "?",
        alternatives: ["It comes.", "It is late."],
      }),
      newBlock("b3", { kind: "placeholder", text: "", note: "the reason" }),
    ],
  };
  const change = (on: Draft, blockId: string, revision: number, what: BlockChange) => {
    const changed = changeBlock(on, { blockId, revision }, what, "mara");
    if ("fault" in changed) throw new Error(changed.fault);
    return changed.draft;
  };

  it("reads as one text, in which an open placeholder shows what is missing", () => {
    expect(textOf(draft.blocks)).toBe("Hello,\n\nIt comes soon.\n\n[the reason]");
    expect(completenessOf(draft.blocks)).toBeCloseTo(1 / 3);
    const filled = change(change(draft, "b2", 0, { type: "pick", alternative: 1 }), "b3", 0, {
      type: "remove",
    });
    expect(textOf(filled.blocks)).toBe("Hello,\n\nIt is late.");
    expect(completenessOf(filled.blocks)).toBe(1);
  });

  it.each<[string, string, BlockChange]>([
    ["an empty placeholder cannot be accepted", "b3", { type: "accept" }],
    ["nothing can be written into it", "b3", { type: "write", text: " \n" }],
    ["what is sure need not be accepted", "b1", { type: "accept" }],
    ["there is no such alternative", "b2", { type: "pick", alternative: 2 }],
    ["there is no such proposal", "b2", { type: "take", proposalId: "p" }],
  ])("%s", (_, blockId, what) => {
    expect(changeBlock(draft, { blockId, revision: 0 }, what, "mara")).toMatchObject({ fault: "impossible" });
  });

  it.each(["[name]", "TBD", "\u200B"])("a placeholder whose suggestion is %j is not accepted", (text) => {
    const gap = { ...draft, blocks: [newBlock("b1", { kind: "placeholder", text, note: "the name" })] };
    expect(changeBlock(gap, { blockId: "b1", revision: 0 }, { type: "accept" }, "mara")).toMatchObject({
      fault: "impossible",
    });
  });

  it("nothing is written by what nobody sees", () => {
    const write: BlockChange = { type: "write", text: "\u200B\u2060 \u{E0041}" };
    expect(changeBlock(draft, { blockId: "b3", revision: 0 }, write, "mara")).toMatchObject({
      fault: "impossible",
    });
  });

  it("other wordings and proposals with a gap in them leave their block open", () => {
    const text = "Dear [name],";
    const gap = {
      ...draft,
      blocks: [newBlock("b1", { kind: "uncertain", text: "Hi,", alternatives: [text] })],
    };
    const picked = change(gap, "b1", 0, { type: "pick", alternative: 0 });
    const proposed = withProposals(gap, [{ id: "p", blockId: "b1", revision: 0, text, note: null }]);
    const took = change(proposed, "b1", 0, { type: "take", proposalId: "p" });
    for (const { blocks } of [picked, took]) expect(blocks[0]).toMatchObject({ text, isOpen: true });
    expect(change(picked, "b1", 1, { type: "accept" }).blocks[0]?.isOpen).toBe(false);
  });

  it("a change on a block that somebody changed since is not taken, and shows it", () => {
    const now = change(draft, "b2", 0, { type: "accept" });
    expect(changeBlock(now, { blockId: "b2", revision: 0 }, { type: "remove" }, "jonas")).toMatchObject({
      fault: "changed-since",
      block: { text: "It comes soon.", changedBy: "mara", revision: 1 },
    });
  });

  it("what the machine was not sure of is open again once it is restored", () => {
    const now = change(change(draft, "b2", 0, { type: "write", text: "No." }), "b2", 1, { type: "restore" });
    expect(now.blocks[1]).toMatchObject({ text: "It comes soon.", isOpen: true });
  });

  it("a proposal is void once its block was changed", () => {
    const proposal = { id: "p", blockId: "b2", revision: 0, text: "Soon.", note: null };
    const proposed = withProposals(draft, [proposal]);
    expect(change(proposed, "b2", 0, { type: "take", proposalId: "p" }).blocks[1]?.text).toBe("Soon.");
    const changed = change(proposed, "b2", 0, { type: "accept" });
    expect(changed.proposals).toEqual([]);
    expect(withProposals(changed, [proposal]).proposals).toEqual([]);
  });

  it("after any changes: the other blocks are byte-equal, kinds never change, and what is sent has no gap", () => {
    const what: fc.Arbitrary<BlockChange> = fc.oneof(
      fc.constant<BlockChange>({ type: "accept" }),
      fc.constant<BlockChange>({ type: "remove" }),
      fc.constant<BlockChange>({ type: "restore" }),
      fc.nat(3).map((alternative): BlockChange => ({ type: "pick", alternative })),
      fc.string({ unit: "binary" }).map((text): BlockChange => ({ type: "write", text })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("b1", "b2", "b3", "b4"), fc.nat(3), what)), (changes) => {
        let now = draft;
        for (const [blockId, revision, one] of changes) {
          const changed = changeBlock(now, { blockId, revision }, one, "mara");
          if ("fault" in changed) continue;
          expect(changed.draft.blocks.filter(({ id }) => id !== blockId)).toEqual(
            now.blocks.filter(({ id }) => id !== blockId),
          );
          now = changed.draft;
        }
        expect(now.blocks.map(({ kind }) => kind)).toEqual(["confident", "uncertain", "placeholder"]);
        const placeholder = now.blocks[2];
        expect(textOf(now.blocks).includes("[the reason]")).toBe(
          placeholder?.isOpen === true || now.blocks.some(({ text }) => text.includes("[the reason]")),
        );
      }),
    );
  });
});
