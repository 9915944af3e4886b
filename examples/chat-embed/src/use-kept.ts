// What was said while something waited. It stands in the server's queue until it is heard, so it is there after a reload.
import type { Client } from "@langchain/langgraph-sdk";
import { useEffect, useState } from "react";

export interface Kept {
  id: string;
  text: string;
}

export function useKept(client: Client, threadId: string | null, isWaiting: boolean): Kept[] {
  const [kept, setKept] = useState<{ of: string | null; messages: Kept[] }>({ of: null, messages: [] });
  useEffect(() => {
    if (threadId === null || !isWaiting) return;
    const leaving = new AbortController();
    client.runs
      .list(threadId, { status: "pending", signal: leaving.signal })
      .then((runs) => setKept({ of: threadId, messages: runs.flatMap(messagesIn).toReversed() }))
      // Without it the conversation is still whole: the server has what was said.
      .catch(() => {});
    return () => leaving.abort();
  }, [client, threadId, isWaiting]);
  return kept.of === threadId ? kept.messages : [];
}

/** Newest runs come first. */
function messagesIn(run: object): Kept[] {
  const { kwargs } = run as { kwargs?: { input?: unknown } };
  return saidIn(kwargs?.input).toReversed();
}

/** Of an input, what its user said. */
export function saidIn(input: unknown): Kept[] {
  const { messages = [] } = Object(input) as { messages?: { id?: string; content?: unknown }[] };
  return messages.flatMap(({ id, content }) =>
    id && typeof content === "string" ? [{ id, text: content }] : [],
  );
}
