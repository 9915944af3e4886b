import { eachWithin } from "./silence.js";

interface Options {
  headers: Record<string, string>;
  everyMs: number;
  /** Asked with each newline, and before the answer: it may have taken days, and is for whoever may have it by then. */
  isStillIn(): Promise<boolean>;
  /** What whoever may not is told instead, at once. */
  refusal: unknown;
}

/**
 * A JSON answer that takes its time: the status and headers leave at once, so that the caller knows its run, and
 * newlines, which JSON allows before a value, keep the connection from being taken for dead.
 */
export function keepAliveJson(answer: Promise<unknown>, options: Options): Response {
  return new Response(ReadableStream.from(text(answer, options)), {
    headers: { ...options.headers, "content-type": "application/json" },
  });
}

async function* text(
  answer: Promise<unknown>,
  { everyMs, isStillIn, refusal }: Options,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  async function* once() {
    yield { value: await answer };
  }
  for await (const next of eachWithin(once(), everyMs)) {
    if (!(await isStillIn())) return yield encoder.encode(JSON.stringify(refusal));
    yield encoder.encode(next === "silence" ? "\n" : JSON.stringify(next.value));
  }
}
