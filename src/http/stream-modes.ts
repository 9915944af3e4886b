// From what a run emitted to the events of LangGraph's servers, one stream mode at a time.
import { AIMessageChunk } from "@langchain/core/messages";
import type { RunEvent } from "../storage/event-rows.js";
import { messageToWire } from "../runs/wire.js";
import type { Message, StreamMode } from "./contract.js";

interface Told {
  event: string;
  data: unknown;
}

/** One for each stream: `messages` is told in whole messages so far, so it remembers them. */
export function translator(modes: readonly StreamMode[]): (event: RunEvent) => Told[] {
  const asked = new Set(modes);
  const growing = growingMessages();
  let shown = "";

  return ({ event: mode, namespace, data: text }) => {
    const named = (name: string): string => [name, ...namespace].join("|");
    const data = JSON.parse(text) as unknown;
    switch (mode) {
      case "metadata":
        return [{ event: "metadata", data }];
      case "values": {
        const events: Told[] = [];
        if (asked.has("values") && text !== shown) events.push({ event: named("values"), data });
        if (namespace.length === 0) shown = text;
        if (asked.has("messages")) events.push(...growing.complete(data));
        return events;
      }
      case "messages": {
        const [message, metadata] = data as [Message, Record<string, unknown>];
        return [
          ...(asked.has("messages-tuple") ? [{ event: named("messages"), data }] : []),
          ...(asked.has("messages") ? growing.grow(message, metadata) : []),
        ];
      }
      case "error": {
        const { code, message } = data as { code: string; message: string };
        return [{ event: "error", data: { error: code, message } }];
      }
      default:
        return asked.has(mode as StreamMode) ? [{ event: named(mode), data }] : [];
    }
  };
}

function growingMessages() {
  const pieces = new Map<string, AIMessageChunk>();
  const completed = new Set<string>();
  return {
    grow(piece: Message, metadata: Record<string, unknown>): Told[] {
      if (piece.type !== "ai" || !piece.id) return [];
      const chunk = new AIMessageChunk(piece as ConstructorParameters<typeof AIMessageChunk>[0] & object);
      const before = pieces.get(piece.id);
      const whole = before ? before.concat(chunk) : chunk;
      pieces.set(piece.id, whole);
      const partial = { event: "messages/partial", data: [messageToWire(whole)] };
      return before
        ? [partial]
        : [{ event: "messages/metadata", data: { [piece.id]: { metadata } } }, partial];
    },

    complete(values: unknown): Told[] {
      const { messages = [] } = (values ?? {}) as { messages?: Message[] };
      const list = Array.isArray(messages) ? messages : [];
      const added = list.filter(({ id }) => typeof id === "string" && !completed.has(id));
      for (const { id } of added) completed.add(id as string);
      return added.length === 0 ? [] : [{ event: "messages/complete", data: added }];
    },
  };
}
