// Delivering decisions to threads that a host runs: LangGraph's own servers, or another that speaks their API. As with
// our own runs, what is delivered says nothing; the node that wakes reads the row.
import { Client } from "@langchain/langgraph-sdk";
import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import type { Resumed, Resumption } from "../review/resumption.js";
import type { ReviewStore } from "../review/store.js";
import { holdsOf, wakeTokens } from "./resume.js";

/** A host's LangGraph API. Without a URL: that of the server this process is. */
export interface HostOptions {
  url?: string;
  apiKey?: string;
}

export function hostResumption(options: HostOptions, deps: { reviews: ReviewStore; log: Log }): Resumption {
  const client = new Client({
    ...(options.url === undefined ? {} : { apiUrl: options.url }),
    apiKey: options.apiKey ?? null,
  });
  return {
    async resume(of) {
      try {
        await wake(client, deps.reviews, of);
      } catch (error) {
        // The sweep comes back to it.
        deps.log.warn("a host did not take a decision", {
          threadId: of.threadId,
          error: messageOf(error),
        });
      }
    },
  };
}

async function wake(client: Client, reviews: ReviewStore, of: Resumed): Promise<void> {
  const { threadId } = of;
  const [thread, state] = await Promise.all([
    client.threads.get(threadId),
    client.threads.getState(threadId),
  ]);
  const pending = holdsOf(state.tasks.flatMap(({ interrupts }) => interrupts));
  const resume = await wakeTokens(reviews, of, pending);
  if (Object.keys(resume).length === 0) return;
  const graphId: unknown = thread.metadata?.["graph_id"];
  await client.runs.create(threadId, typeof graphId === "string" ? graphId : of.graphId, {
    command: { resume },
    multitaskStrategy: "enqueue",
  });
}
