// Text from models, customers and tools: shown as what it is, and never as ours.
import { useEffect, useState, type ReactNode } from "react";
import { serverNow } from "./clock.js";
import { age, exact, span } from "./words.js";

// Characters that change how others are read, or cannot be seen at all: direction overrides, zero width, controls.
const hidden = /[\p{Cc}\p{Cf}\u2028\u2029\u115F\u1160\u3164]/gu;
const allowed = new Set(["\n", "\t"]);
const shownAtFirst = 2_000;

/** Marks what would be invisible. */
export function visible(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (allowed.has(match[0])) continue;
    if (match.index > from) parts.push(text.slice(from, match.index));
    const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    parts.push(
      <span
        key={match.index}
        className="hidden-character"
        title="A character that is not seen, or that turns others around"
      >
        U+{code}
      </span>,
    );
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** A long text in part, with all of it one key away. */
export function Foreign({ text, className = "" }: { text: string; className?: string }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > shownAtFirst;
  const shown = isWhole || !isLong ? text : text.slice(0, shownAtFirst);
  return (
    <span className={`foreign ${className}`}>
      <bdi>{visible(shown)}</bdi>
      {isLong && (
        <button type="button" className="link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? "Show less"
            : `Show all ${text.length.toLocaleString()} characters (${(text.length - shownAtFirst).toLocaleString()} hidden)`}
        </button>
      )}
    </span>
  );
}

/** Whoever it is, by the id that a token, a colleague or a caller has given. */
export function Person({ id }: { id: string }) {
  return <bdi>{visible(id)}</bdi>;
}

export function Age({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {age(at, now)}
    </time>
  );
}

/** `in 12 min`, by the server's clock; under a minute it counts by the second. */
export function Left({ until }: { until: string }) {
  useNow();
  const ms = Date.parse(until) - serverNow();
  return (
    <time dateTime={until} title={exact.format(new Date(until))}>
      {ms > 0 ? `in ${span(ms)}` : "now"}
    </time>
  );
}

/** Shortened in the middle; the whole is copied. */
export function Id({ value, what }: { value: string; what: string }) {
  const [isCopied, setCopied] = useState(false);
  const short = value.length > 14 ? `${value.slice(0, 6)}…${value.slice(-4)}` : value;
  return (
    <button
      type="button"
      className="id"
      title={`${value}\nCopy the ${what}`}
      aria-label={`${short}: copy the ${what}`}
      onClick={() => {
        void navigator.clipboard?.writeText(value).then(() => setCopied(true));
      }}
      onBlur={() => setCopied(false)}
    >
      {isCopied ? "copied" : short}
    </button>
  );
}

const everyMs = 1_000;

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
