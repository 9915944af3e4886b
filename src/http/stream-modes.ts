// From what a graph emits to the events of LangGraph's servers, one stream mode at a time.
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import type { RunEvent } from "../runs/events.js";
import type { StreamMode } from "./contract.js";
import type { ServerEvent } from "./sse.js";
import { messageToWire, toWire } from "./wire/messages.js";
import { valuesToWire } from "./wire/threads.js";

/** One for each stream: `messages` is told in whole messages so far, so it remembers them. */
export function translator(
  modes: readonly StreamMode[],
  subgraphs: boolean,
): (event: RunEvent) => ServerEvent[] {
  const asked = new Set(modes);
  const growing = growingMessages();
  let shown = "";

  return (event) => {
    const namespace = graphOf(event);
    if (namespace.length > 0 && !subgraphs) return [];
    const named = (name: string): string => [name, ...namespace].join("|");
    switch (event.event) {
      case "values": {
        const data = namespace.length > 0 ? toWire(event.data) : rootValues(event.data);
        const text = JSON.stringify(data);
        const events: ServerEvent[] = [];
        if (asked.has("values") && text !== shown) events.push({ event: named("values"), data });
        if (namespace.length === 0) shown = text;
        if (asked.has("messages")) events.push(...growing.complete(event.data));
        return events;
      }
      case "messages": {
        const [message, metadata] = event.data as [BaseMessage, Record<string, unknown>];
        return [
          ...(asked.has("messages-tuple")
            ? [{ event: named("messages"), data: [messageToWire(message), metadata] }]
            : []),
          ...(asked.has("messages") ? growing.grow(message, metadata) : []),
        ];
      }
      case "updates":
        return asked.has("updates") ? [{ event: named("updates"), data: toWire(event.data) }] : [];
      case "custom":
        return asked.has("custom") ? [{ event: named("custom"), data: toWire(event.data) }] : [];
      case "error": {
        const { code, message } = event.data as { code: string; message: string };
        return [{ event: "error", data: { error: code, message } }];
      }
      default:
        return [];
    }
  };
}

/** The graph an event comes from: messages name the task beside it, `["agent:1"]`, which is a node of the root. */
function graphOf({ event, namespace }: RunEvent): readonly string[] {
  return event === "messages" ? namespace.slice(0, -1) : namespace;
}

function rootValues(data: unknown): Record<string, unknown> {
  const { __interrupt__: interrupts } = (data ?? {}) as { __interrupt__?: unknown };
  return {
    ...valuesToWire(data),
    ...(interrupts === undefined ? {} : { __interrupt__: toWire(interrupts) }),
  };
}

function growingMessages() {
  const pieces = new Map<string, AIMessageChunk>();
  const completed = new Set<string>();
  return {
    grow(piece: BaseMessage, metadata: Record<string, unknown>): ServerEvent[] {
      if (!AIMessageChunk.isInstance(piece) || !piece.id) return [];
      const before = pieces.get(piece.id);
      const whole = before ? before.concat(piece) : piece;
      pieces.set(piece.id, whole);
      const partial = { event: "messages/partial", data: [messageToWire(whole)] };
      return before
        ? [partial]
        : [{ event: "messages/metadata", data: { [piece.id]: { metadata } } }, partial];
    },

    complete(values: unknown): ServerEvent[] {
      const { messages = [] } = (values ?? {}) as { messages?: (BaseMessage | { id?: string })[] };
      const added = messages.filter(({ id }) => id !== undefined && !completed.has(id));
      for (const { id } of added) completed.add(id as string);
      return added.length === 0 ? [] : [{ event: "messages/complete", data: toWire(added) }];
    },
  };
}
