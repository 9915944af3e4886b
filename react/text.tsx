// Text from models, customers and tools: shown as what it is, and never as ours.
import { useState, type ReactNode } from "react";
import { hiddenCharacters, numberOf, unseenCharacters } from "../src/kernel/hidden-characters.js";

const allowed = new Set(["\n", "\t"]);
const shownAtFirst = 2_000;
/** A sign in two halves is not cut between them. */
const halfAtEnd = /[\uD800-\uDBFF]$/;

/** Marks what would be invisible. */
export function visible(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(hiddenCharacters)) {
    if (allowed.has(match[0])) continue;
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(
      <span
        key={match.index}
        className="hp-hidden-character"
        title="A character that is not seen, or that turns others around"
      >
        {numberOf(match[0])}
      </span>,
    );
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** What of it can be read, and typed after it. */
export function legible(text: string): string {
  return text.replace(unseenCharacters, " ").replace(/\s+/g, " ").trim();
}

/** A long text in part, with all of it one key away. */
export function Foreign({ text, className = "" }: { text: string; className?: string }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > shownAtFirst;
  const shown = isWhole || !isLong ? text : text.slice(0, shownAtFirst).replace(halfAtEnd, "");
  return (
    <span className={`hp-foreign ${className}`}>
      <bdi>{visible(shown)}</bdi>
      {isLong && (
        <button type="button" className="hp-link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? "Show less"
            : `Show all ${text.length.toLocaleString()} characters (${(text.length - shownAtFirst).toLocaleString()} hidden)`}
        </button>
      )}
    </span>
  );
}
