// What was begun and not sent survives a reload of the page; it is forgotten with the tab.
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";

const prefix = "holdpoint ";
const listening = new Set<() => void>();
/** What could not be stored, by its name: it is forgotten with the page. */
const unstored = new Map<string, string>();

/** As `useState`, under a name that says what it belongs to. Whoever has the same name has the same value. */
export function useKept<T>(name: string, initial: () => T): [T, (value: T) => void] {
  const [first] = useState(initial);
  const text = useSyncExternalStore(
    listen,
    () => textAt(name),
    () => null,
  );
  const value = useMemo(() => (text === null ? first : (JSON.parse(text) as T)), [text, first]);
  return [value, useCallback((next: T) => keep(name, next), [name])];
}

/** For whoever does not follow it. */
export function keptAt(name: string): unknown {
  return JSON.parse(textAt(name) ?? "null");
}

export function keep(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  unstored.set(name, text);
  inStore((store) => {
    store.setItem(prefix + name, text);
    unstored.delete(name);
  });
  tell();
}

/** Forgets everything whose name begins so. */
export function forget(name: string): void {
  for (const key of unstored.keys()) if (key.startsWith(name)) unstored.delete(key);
  inStore((store) => {
    for (const key of Object.keys(store)) if (key.startsWith(prefix + name)) store.removeItem(key);
  });
  tell();
}

function textAt(name: string): string | null {
  return unstored.get(name) ?? inStore((store) => store.getItem(prefix + name)) ?? null;
}

/** A page in somebody else's may have no store, and a full one takes no more. */
function inStore<T>(use: (store: Storage) => T): T | undefined {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}

function listen(listener: () => void): () => void {
  listening.add(listener);
  return () => listening.delete(listener);
}

function tell(): void {
  for (const listener of listening) listener();
}
