// A view that is told again whenever it has changed.
import type { ServerEvent } from "./sse.js";

/**
 * Never ends by itself. Words of a change may be lost, so `changed` also resolves by itself after a while; told is only
 * what is new.
 * @param beside what is looked at and not told: where it has changed, what is seen is told again.
 * @param restMs how long nothing is looked at after a look, where words come faster than people read.
 */
export async function* lookAgain<Seen>({
  event,
  look,
  beside = () => Promise.resolve(null),
  changed,
  signal,
  restMs = 0,
}: {
  event: string;
  look(): Promise<Seen>;
  beside?(): Promise<unknown>;
  changed(): Promise<void>;
  signal: AbortSignal;
  restMs?: number;
}): AsyncGenerator<ServerEvent> {
  let last: string | null = null;
  for (let told = 1; !signal.aborted; ) {
    // Listened for before the look, so that what changes in between is not missed.
    const word = changed();
    const [seen, alsoSeen] = await Promise.all([look(), beside()]);
    const text = JSON.stringify([seen, alsoSeen]);
    if (text !== last) yield { event, id: String(told++), data: seen };
    last = text;
    await Promise.all([word, restMs > 0 ? pause(restMs, signal) : null]);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
