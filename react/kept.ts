// What was begun and not sent survives a reload of the page; it is forgotten with the tab.
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";

const prefix = "holdpoint ";
const listening = new Set<() => void>();

/** As `useState`, under a name that says what it belongs to. Whoever has the same name has the same value. */
export function useKept<T>(name: string, initial: () => T): [T, (value: T) => void] {
  const [first] = useState(initial);
  const text = useSyncExternalStore(
    listen,
    () => sessionStorage.getItem(prefix + name),
    () => null,
  );
  const value = useMemo(() => (text === null ? first : (JSON.parse(text) as T)), [text, first]);
  const keep = useCallback(
    (next: T) => {
      sessionStorage.setItem(prefix + name, JSON.stringify(next));
      tell();
    },
    [name],
  );
  return [value, keep];
}

/** Forgets everything whose name begins so. */
export function forget(name: string): void {
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith(prefix + name)) sessionStorage.removeItem(key);
  tell();
}

function listen(listener: () => void): () => void {
  listening.add(listener);
  return () => listening.delete(listener);
}

function tell(): void {
  for (const listener of listening) listener();
}
