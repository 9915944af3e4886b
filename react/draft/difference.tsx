import { diffArrays } from "diff";
import { memo } from "react";
import { visible } from "../text.js";

/** What is longer, or has less in common, is shown one after the other: to compare it word by word takes too long. */
const longest = 5_000;
const mostChanges = 200;

export const Difference = memo(function Difference({ before, after }: { before: string; after: string }) {
  const parts = (before.length + after.length <= longest &&
    diffArrays(wordsIn(before), wordsIn(after), { maxEditLength: mostChanges })) || [
    { value: [before], removed: true, added: false },
    { value: [after], removed: false, added: true },
  ];
  return (
    <bdi className="hp-foreign">
      {parts.map(({ value, removed, added }, index) => {
        const Part = removed ? "del" : added ? "ins" : "span";
        return <Part key={index}>{visible(value.join(""))}</Part>;
      })}
    </bdi>
  );
});

const words = new Intl.Segmenter(undefined, { granularity: "word" });

/** As its script parts them, and what is between them: a word or a picture of several signs is never torn. */
function wordsIn(text: string): string[] {
  return Array.from(words.segment(text), ({ segment }) => segment);
}
