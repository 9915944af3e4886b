import { eachWithin } from "./silence.js";

export interface ServerEvent {
  event: string;
  /** What a client that comes back names as the last it has. */
  id: string;
  data: unknown;
}

/** Server-sent events. A client that goes away ends the stream and nothing else. */
export function eventStream(
  events: AsyncIterable<ServerEvent>,
  options: { headers: Record<string, string>; heartbeatMs: number },
): Response {
  return new Response(ReadableStream.from(frames(events, options.heartbeatMs)), {
    headers: {
      ...options.headers,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}

async function* frames(events: AsyncIterable<ServerEvent>, heartbeatMs: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const next of eachWithin(events, heartbeatMs)) {
    // No empty line after a comment: LangGraph's client would take it for the end of an event that has only an id.
    if (next === "silence") yield encoder.encode(": heartbeat\n");
    else yield encoder.encode(`event: ${next.event}\ndata: ${JSON.stringify(next.data)}\nid: ${next.id}\n\n`);
  }
}
