import { diffWordsWithSpace } from "diff";
import { visible } from "../text.js";

/** Longer texts are shown one after the other: to compare them word by word takes too long. */
const longest = 5_000;

export function Difference({ before, after }: { before: string; after: string }) {
  const parts =
    before.length + after.length > longest
      ? [
          { value: before, removed: true, added: false },
          { value: after, removed: false, added: true },
        ]
      : diffWordsWithSpace(before, after);
  return (
    <bdi className="hp-foreign">
      {parts.map(({ value, removed, added }, index) => {
        if (removed) return <del key={index}>{visible(value)}</del>;
        return added ? <ins key={index}>{visible(value)}</ins> : <span key={index}>{visible(value)}</span>;
      })}
    </bdi>
  );
}
