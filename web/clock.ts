// The server's clock, as far as its answers tell it: what runs out there does not run out by ours.
import { useEffect, useState } from "react";

let aheadMs = 0;

/** @param date the header of an answer that has just come, to the second. */
export function hearClock(date: string | null): void {
  const at = Date.parse(date ?? "");
  if (!Number.isNaN(at)) aheadMs = at + 500 - Date.now();
}

export const serverNow = (): number => Date.now() + aheadMs;

const everyMs = 250;

/** What is left until then, in whole seconds; 0 where it is over, and then it no longer counts. */
export function useSecondsUntil(time: string | null): number {
  const left = (): number =>
    time === null ? 0 : Math.max(0, Math.ceil((Date.parse(time) - serverNow()) / 1_000));
  const [, count] = useState(0);
  const now = left();
  useEffect(() => {
    if (now === 0) return;
    const timer = setInterval(() => count((ticks) => ticks + 1), everyMs);
    return () => clearInterval(timer);
  }, [now]);
  return now;
}
