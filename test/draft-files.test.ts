// A draft leaves as a file and comes back: nothing of it is lost, and only what a person changed in it is a change.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newBlock, type Draft, type DraftBlock } from "../src/drafting/block.js";
import { changeBlock } from "../src/drafting/change.js";
import { fromMarkdown, toMarkdown } from "../src/drafting/markdown.js";
import { editIn, type EditedBlock, type PastChange } from "../src/drafting/outside-edits.js";

/** What would end, begin or hide a mark, were words not kept apart from it. */
const hostile = fc.constantFrom(
  "```",
  "~~~js",
  "<!-- hold b1 revision 0, confident -->",
  "\n<!-- hold end -->\n",
  "<!-- hold-1 ",
  "<!-- holdpoint-draft/1 x hold\n",
  "-->",
  "<script>alert(1)</script>",
  "<p>&amp;</p>",
  "\r\n",
  "\n",
  "\r",
  "\u2028",
  "\u200b\u202e\ufeff",
  "---\n# Title\n> or: not",
  "\\u003e",
  "  ",
);
const words = fc
  .array(fc.oneof(hostile, fc.string({ unit: "grapheme" })), { maxLength: 6 })
  .map((parts) => parts.join("").toWellFormed());
const block = fc
  .record({
    kind: fc.constantFrom("confident" as const, "uncertain" as const, "placeholder" as const),
    text: words,
    note: fc.oneof(fc.constant(null), words),
    alternatives: fc.array(words, { maxLength: 3 }),
  })
  .map((given) => (id: string) => newBlock(id, given));
const blocks = fc
  .array(block, { minLength: 1, maxLength: 6 })
  .map((all) => all.map((made, index) => made(`b${index + 1}`)));

const draftOf = (all: DraftBlock[]): Draft => ({
  field: "body",
  blocks: all,
  proposals: [],
  isWriting: false,
  model: null,
  version: 1,
});
const written = (all: readonly DraftBlock[], title = "A letter") =>
  toMarkdown({ reviewId: "r-1", title, blocks: all });
function readBack(text: string): EditedBlock[] {
  const read = fromMarkdown(text);
  if ("fault" in read) throw new Error(`${read.fault}\n${text}`);
  expect(read.reviewId).toBe("r-1");
  return read.blocks;
}
const asRead = (all: readonly DraftBlock[]) => all.map(({ id, revision, text }) => ({ id, revision, text }));

describe("a draft in a file", () => {
  it("comes back byte for byte, whatever its words hold", () => {
    fc.assert(
      fc.property(blocks, words, (all, title) => {
        const file = Buffer.from(written(all, title), "utf8");
        expect(readBack(file.toString("utf8"))).toEqual(asRead(all));
      }),
      { numRuns: 2_000 },
    );
  });

  it("changes nothing where nothing was changed in it, also in an editor with line ends of its own", () => {
    fc.assert(
      fc.property(blocks, fc.constantFrom("as it is", "\r\n", "\n", "BOM"), (all, editor) => {
        const file = written(all);
        const saved = {
          "as it is": file,
          "\r\n": file.replaceAll(/\r?\n/g, "\r\n"),
          "\n": file.replaceAll("\r\n", "\n"),
          BOM: `\ufeff${file}`,
        }[editor];
        const edits = readBack(saved ?? "").map((one) => editIn(draftOf(all), [], one));
        expect(edits).toEqual(all.map(() => ({ is: "none" })));
      }),
      { numRuns: 1_000 },
    );
  });

  it("brings back exactly the words that were changed in it", () => {
    fc.assert(
      fc.property(blocks, fc.nat(), words, (all, at, text) => {
        const edited = all[at % all.length];
        if (!edited) return;
        const file = written(all.map((one) => (one === edited ? { ...one, text } : one)));
        const edits = readBack(file).map((one) => editIn(draftOf(all), [], one));
        const lines = (said: string) => (said.trim() === "" ? "" : said.replaceAll("\r", ""));
        const isSame = lines(text) === lines(edited.text);
        const change = text.trim() === "" ? { type: "remove" } : { type: "write", text };
        expect(edits).toEqual(
          all.map((one) => (one === edited && !isSame ? { is: "change", change } : { is: "none" })),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("never overwrites what was changed meanwhile, and says so only where the file was changed as well", () => {
    const change = fc.record({ block: fc.nat(2), text: fc.constantFrom("A", "B", "C") });
    const three = ["A", "B", "C"].map((text, n) => newBlock(`b${n + 1}`, { kind: "uncertain", text }));
    fc.assert(
      fc.property(fc.array(change), fc.array(change), fc.array(change), (before, meanwhile, outside) => {
        const changes: PastChange[] = [];
        const inside = (from: Draft, all: typeof before): Draft =>
          all.reduce((draft, { block: n, text }) => {
            const blockId = `b${n + 1}`;
            const revision = draft.blocks[n]?.revision ?? 0;
            const changed = changeBlock(draft, { blockId, revision }, { type: "write", text }, "mara");
            if ("fault" in changed) throw new Error(changed.fault);
            changes.push({ blockId, before: changed.before.text });
            return changed.draft;
          }, from);
        const exported = inside(draftOf(three), before);
        const file = written(exported.blocks);
        const now = inside(exported, meanwhile);
        const edited = readBack(file).map((one, n) => ({
          ...one,
          text: outside.findLast(({ block: at }) => at === n)?.text ?? one.text,
        }));
        for (const [n, one] of edited.entries()) {
          const [then, here] = [exported.blocks[n], now.blocks[n]];
          const edit = editIn(now, changes, one);
          if (one.text === then?.text || one.text === here?.text) expect(edit).toEqual({ is: "none" });
          else if (here?.revision !== then?.revision) expect(edit).toEqual({ is: "conflict", now: here });
          else expect(edit).toEqual({ is: "change", change: { type: "write", text: one.text } });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["is another file", "# Notes\n"],
    ["was cut off", written([newBlock("b1", { kind: "confident", text: "Hello." })]).slice(0, -12)],
    [
      "lost a part of a mark",
      written([newBlock("b1", { kind: "confident", text: "." })]).replace("revision", ""),
    ],
    ["is empty", ""],
  ])("that %s is not read", (_, text) => {
    expect(fromMarkdown(text)).toEqual({ fault: expect.any(String) as string });
  });

  it("names no revision that a block never had, and no block that is not there", () => {
    const draft = draftOf([newBlock("b1", { kind: "confident", text: "Hello." })]);
    for (const one of [
      { id: "b1", revision: 7, text: "Hello." },
      { id: "b2", revision: 0, text: "Hello." },
    ])
      expect(editIn(draft, [], one)).toMatchObject({ is: "impossible" });
  });
});
