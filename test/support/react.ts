// A page for hooks: React in a DOM, with Node's own fetch, so that what the hooks send goes over a real socket and no
// rule of a browser stands between.
import { Window } from "happy-dom";
import type { ReactNode } from "react";

const window = new Window({ url: "http://localhost/" });
const { document, navigator, sessionStorage } = window;
for (const [name, value] of Object.entries({ window, document, navigator, sessionStorage }))
  Object.defineProperty(globalThis, name, { value, configurable: true });
// They look for a DOM when they are loaded.
const { createElement } = await import("react");
const { flushSync } = await import("react-dom");
const { createRoot } = await import("react-dom/client");

export interface Mounted<T> {
  /** What the hook gave at the last render. */
  readonly now: T;
  /** The first of what it gives for which this holds, beginning with now. Throws what the page showed last where none comes. */
  until(is: (now: T) => boolean, timeoutMs?: number): Promise<T>;
  unmount(): void;
}

/** @param around what has to be around it on its page. */
export function mount<T>(
  useIt: () => T,
  around: (children: ReactNode) => ReactNode = (children) => children,
): Mounted<T> {
  let now: T | undefined;
  const watchers = new Set<() => void>();
  const Probe = (): null => {
    now = useIt();
    // After the render, as an effect of it would be.
    queueMicrotask(() => watchers.forEach((watcher) => watcher()));
    return null;
  };
  const root = createRoot(document.createElement("div"));
  flushSync(() => root.render(around(createElement(Probe))));
  const last = (): T => {
    if (now === undefined) throw new Error("Nothing was rendered.");
    return now;
  };
  return {
    get now() {
      return last();
    },
    until(is, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`It did not come. The page showed ${shown(now)}`));
        }, timeoutMs);
        const look = (): void => {
          if (now === undefined || !is(now)) return;
          end();
          resolve(now);
        };
        watchers.add(look);
        look();
      });
    },
    unmount: () => root.unmount(),
  };
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 4_000) ?? "nothing";
  } catch {
    return String(value);
  }
}
