// Keys of the page: single letters and sequences of two (`g b`), never while something is typed; and chords (`Ctrl k`, on
// a Mac with ⌘), also then. What was opened last hears first. Who may be listened to stands in `commands.ts`.
import { useLayoutEffect, useRef } from "react";
import type { Key } from "./commands.js";

export type Keys = { readonly [K in Key]?: (() => void) | undefined };

const listening: { current: Keys }[] = [];

export function useKeys(keys: Keys): void {
  const now = useRef(keys);
  now.current = keys;
  // With what offers it: who sees the button may press its key.
  useLayoutEffect(() => {
    listening.push(now);
    if (listening.length === 1) window.addEventListener("keydown", onKey);
    return () => {
      listening.splice(listening.indexOf(now), 1);
      if (listening.length === 0) window.removeEventListener("keydown", onKey);
    };
  }, []);
}

/** Does somebody listen to it now? */
export function isHeard(key: string): boolean {
  return handlerOf(key) !== undefined;
}

/** As if the key were pressed; nothing where nobody listens. */
export function press(key: string): void {
  handlerOf(key)?.();
}

/** The name by which it is listened to. */
export function nameOf({
  key,
  ctrlKey,
  metaKey,
}: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">): string {
  return ctrlKey || metaKey ? `Ctrl ${key.length === 1 ? key.toLowerCase() : key}` : key;
}

function handlerOf(key: string): (() => void) | undefined {
  const name = key as Key;
  return listening.findLast(({ current }) => current[name])?.current[name];
}

/** The first key of a sequence, and when it was pressed. */
let begun: { key: string; at: number } | null = null;
const patienceMs = 1_500;

function onKey(event: KeyboardEvent): void {
  // A dialog has the keys to itself.
  if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
  const isChord = event.ctrlKey || event.metaKey;
  const on = event.target instanceof HTMLElement ? event.target : null;
  if (!isChord && on?.matches("input, textarea, select") && event.key !== "Escape") return;
  // A button or link that has the focus takes Enter for itself.
  if (on?.matches("button, a, summary") && event.key === "Enter") return;
  if (event.key === "Shift") return;
  const first = begun && event.timeStamp - begun.at < patienceMs ? begun.key : null;
  begun = null;
  // A second key that ends no sequence does nothing: who meant to go elsewhere must not decide something here.
  const pressed = first === null || isChord ? nameOf(event) : `${first} ${event.key}`;
  const act = handlerOf(pressed);
  if (act) {
    event.preventDefault();
    act();
  } else if (first === null && !isChord && beginsSequence(event.key)) {
    event.preventDefault();
    begun = { key: event.key, at: event.timeStamp };
  }
}

function beginsSequence(key: string): boolean {
  return listening.some(({ current }) => Object.keys(current).some((name) => name.startsWith(`${key} `)));
}
