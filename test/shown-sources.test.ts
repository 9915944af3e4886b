// What a model is shown of sources that are longer than it reads: nobody who speaks at length has the word alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scriptedModel } from "../src/index.js";
import { askForBlocks } from "../src/models/drafting.js";
import { shownOf } from "../src/models/shown-sources.js";
import type { Source } from "../src/drafting/sources.js";

const user = (text: string): Source => ({ from: "user", text });
const tool = (text: string): Source => ({ from: "read", text });
const textsOf = (shown: readonly Source[]) => shown.map(({ text }) => text);

describe("of sources that are too long", () => {
  it("a drafting model is shown what the user wrote, and each answer of a tool in part", async () => {
    let heard = "";
    const model = scriptedModel("writer", (messages) => {
      heard = messages.at(-1)?.text ?? "";
      return { text: "" };
    });
    await askForBlocks(
      { model, instructions: null, signal: new AbortController().signal },
      { title: "Letter", tool: "send", args: { body: "Hello." }, field: "body" },
      [
        user("Write to Mara Lindqvist about order A-8841."),
        tool(`The first begins. ${"a".repeat(200_000)} The first ends.`),
        tool(`The second begins. ${"b".repeat(200_000)} The second ends.`),
        tool("The last is short."),
      ],
    );
    for (const words of [
      "[user] Write to Mara Lindqvist about order A-8841.",
      "[read] The first begins.",
      "The first ends.",
      "[read] The second begins.",
      "The second ends.",
      "[read] The last is short.",
    ])
      expect(heard).toContain(words);
    expect(heard.length).toBeLessThan(70_000);
  });

  it("the newest of both are kept where not even a part of each has room", () => {
    const long = (text: string) => text.padEnd(5_000, ".");
    const said = Array.from({ length: 40 }, (_, n) => user(long(`said ${n}`)));
    const answered = Array.from({ length: 40 }, (_, n) => tool(long(`answered ${n}`)));
    const shown = textsOf(shownOf([...said, ...answered], 60_000)).map((text) => /^\w+ \d+/.exec(text)?.[0]);
    const last = (word: string) => Array.from({ length: 15 }, (_, n) => `${word} ${n + 25}`);
    expect(shown).toEqual([...last("said"), ...last("answered")]);
  });

  it("what is short is whole, what is left of its share is for the longer, and one alone has all the room", () => {
    const [short, long] = [user("x".repeat(100)), tool("y".repeat(2_900))];
    expect(shownOf([short, long], 3_000)).toEqual([short, long]);
    const half = "y".repeat(1_500);
    const [shown] = textsOf(shownOf([tool(`${half}left out${half}`)], 3_000));
    expect(shown).toBe(`${half}\n(8 characters are left out)\n${half}`);
  });

  it("of any sources, in their order, no more is shown than there is room for, and all where there is", () => {
    const source = fc
      .record({ from: fc.constantFrom("user", "read"), length: fc.nat(9_000) })
      .map(({ from, length }) => ({ from, text: ".".repeat(length) }));
    const leftOut = /\n\(\d+ characters are left out\)\n/;
    fc.assert(
      fc.property(
        fc.array(source, { maxLength: 60 }),
        fc.integer({ min: 2_000, max: 60_000 }),
        (all, room) => {
          const shown = shownOf(all, room);
          const words = textsOf(shown).map((text) => text.replace(leftOut, ""));
          expect(words.join("").length).toBeLessThanOrEqual(room);
          if (textsOf(all).join("").length <= room) expect(shown).toEqual(all);
        },
      ),
    );
  });
});
