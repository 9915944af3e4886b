import { diffWordsWithSpace } from "diff";
import { memo } from "react";
import { visible } from "../text.js";

/** What is longer, or has less in common, is shown one after the other: to compare it word by word takes too long. */
const longest = 5_000;
const mostChanges = 200;

export const Difference = memo(function Difference({ before, after }: { before: string; after: string }) {
  const parts = (before.length + after.length <= longest &&
    diffWordsWithSpace(before, after, { maxEditLength: mostChanges })) || [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  return (
    <bdi className="hp-foreign">
      {parts.map(({ value, removed, added }, index) => {
        if (removed) return <del key={index}>{visible(value)}</del>;
        return added ? <ins key={index}>{visible(value)}</ins> : <span key={index}>{visible(value)}</span>;
      })}
    </bdi>
  );
});
