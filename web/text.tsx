// People, times and ids, as the page writes them.
import { useEffect, useState } from "react";
import { visible } from "../react/text.js";
import { serverNow } from "./clock.js";
import { age, exact, span } from "./words.js";

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

export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{exact.format(new Date(at))}</time>;
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
