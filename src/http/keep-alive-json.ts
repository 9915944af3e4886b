import { eachWithin } from "./silence.js";

/**
 * A JSON answer that takes its time: the status and headers leave at once, so that the caller knows its run, and
 * newlines, which JSON allows before a value, keep the connection from being taken for dead.
 */
export function keepAliveJson(
  answer: Promise<unknown>,
  options: { headers: Record<string, string>; everyMs: number },
): Response {
  return new Response(ReadableStream.from(text(answer, options.everyMs)), {
    headers: { ...options.headers, "content-type": "application/json" },
  });
}

async function* text(answer: Promise<unknown>, everyMs: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  async function* once() {
    yield { value: await answer };
  }
  for await (const next of eachWithin(once(), everyMs)) {
    yield encoder.encode(next === "silence" ? "\n" : JSON.stringify(next.value));
  }
}
