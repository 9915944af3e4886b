// A view that is told again whenever it has changed.
import type { ServerEvent } from "./sse.js";

/**
 * Never ends by itself. Words of a change may be lost, so `changed` also resolves by itself after a while; told is only
 * what is new.
 * @param restMs how long nothing is looked at after a look, where words come faster than people read.
 */
export async function* lookAgain<Seen>({
  event,
  look,
  changed,
  signal,
  restMs = 0,
}: {
  event: string;
  look(): Promise<Seen>;
  changed(): Promise<void>;
  signal: AbortSignal;
  restMs?: number;
}): AsyncGenerator<ServerEvent> {
  let last: string | null = null;
  for (let told = 1; !signal.aborted; ) {
    // Listened for before the look, so that what changes in between is not missed.
    const word = changed();
    const seen = await look();
    const text = JSON.stringify(seen);
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
