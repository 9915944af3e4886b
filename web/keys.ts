// Keys of the page: single letters, never while something is typed and never with a modifier. What was opened last
// hears first.
import { useEffect, useRef } from "react";

export type Keys = Readonly<Record<string, (() => void) | undefined>>;

const listening: { current: Keys }[] = [];

export function useKeys(keys: Keys): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    listening.push(now);
    if (listening.length === 1) window.addEventListener("keydown", onKey);
    return () => {
      listening.splice(listening.indexOf(now), 1);
      if (listening.length === 0) window.removeEventListener("keydown", onKey);
    };
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target instanceof HTMLElement ? event.target : null;
  if (on?.matches("input, textarea, select") && event.key !== "Escape") return;
  // A button or link that has the focus takes Enter for itself.
  if (on?.matches("button, a, summary") && event.key === "Enter") return;
  const act = listening.findLast(({ current }) => current[event.key])?.current[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
