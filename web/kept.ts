// What was begun and not sent survives a reload of the page; it is forgotten with the tab.
import { useCallback, useState } from "react";

const prefix = "holdpoint ";

/** As `useState`, under a name that says what it belongs to. */
export function useKept<T>(name: string, initial: () => T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => (read(name) as T | null) ?? initial());
  const keep = useCallback(
    (next: T) => {
      setValue(next);
      sessionStorage.setItem(prefix + name, JSON.stringify(next));
    },
    [name],
  );
  return [value, keep];
}

/** Forgets everything whose name begins so. */
export function forget(name: string): void {
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith(prefix + name)) sessionStorage.removeItem(key);
}

function read(name: string): unknown {
  const text = sessionStorage.getItem(prefix + name);
  return text === null ? null : JSON.parse(text);
}
