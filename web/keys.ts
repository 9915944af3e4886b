// Keys of the page: single letters and sequences of two (`g b`), never while something is typed and never with a
// modifier. What was opened last hears first.
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

/** The first key of a sequence, and when it was pressed. */
let begun: { key: string; at: number } | null = null;
const patienceMs = 1_500;

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target instanceof HTMLElement ? event.target : null;
  if (on?.matches("input, textarea, select") && event.key !== "Escape") return;
  // A button or link that has the focus takes Enter for itself.
  if (on?.matches("button, a, summary") && event.key === "Enter") return;
  if (event.key === "Shift") return;
  const first = begun && event.timeStamp - begun.at < patienceMs ? begun.key : null;
  begun = null;
  // A second key that ends no sequence does nothing: who meant to go elsewhere must not decide something here.
  const pressed = first === null ? event.key : `${first} ${event.key}`;
  const act = listening.findLast(({ current }) => current[pressed])?.current[pressed];
  if (act) {
    event.preventDefault();
    act();
  } else if (first === null && beginsSequence(event.key)) {
    event.preventDefault();
    begun = { key: event.key, at: event.timeStamp };
  }
}

function beginsSequence(key: string): boolean {
  return listening.some(({ current }) => Object.keys(current).some((name) => name.startsWith(`${key} `)));
}
