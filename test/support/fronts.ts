// What the tests of all fronts ask: what waits in a thread, what was done, and a decision made somewhere else.
import { randomUUID } from "node:crypto";
import type { HoldPayload } from "../../src/review/hold.js";
import type { JsonObject } from "../../src/kernel/json.js";
import { request, type Served } from "./http.js";

/** A name for what is paid, that no other test pays. */
export const fresh = (): string => randomUUID();

/** What was done with a name, by any tool. */
export const doneWith = (at: Served, id: string): JsonObject[] =>
  at.effects.ran.filter(({ args }) => args["id"] === id).map(({ args }) => args);

interface OpenReview {
  id: string;
  args: JsonObject;
  argsHash: string;
}

export async function openReviews(at: Served, threadId: string): Promise<OpenReview[]> {
  const { body } = await request(`${at.url}/reviews?status=open&thread_id=${threadId}`);
  return body["items"] as OpenReview[];
}

/** By somebody at `/reviews`, who knows nothing of the front. */
export async function decideElsewhere(
  at: Served,
  threadId: string,
  id: string,
  decision: JsonObject,
): Promise<void> {
  const review = (await openReviews(at, threadId)).find(({ args }) => args["id"] === id);
  if (!review) throw new Error(`Nothing waits for ${id}.`);
  const answer = await request(`${at.url}/reviews/${review.id}/decision`, {
    body: { argsHash: review.argsHash, ...decision },
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

/** The hold of a name, among those a front shows. */
export function shownFor<One extends { id?: string | undefined; value?: unknown }>(
  interrupts: readonly One[],
  id: string,
): One & { id: string; value: HoldPayload } {
  const found = interrupts.find(({ value }) => argsIn(value)["id"] === id);
  if (found?.id === undefined) throw new Error(`Nothing is shown for ${id}.`);
  return found as One & { id: string; value: HoldPayload };
}

/** What a front that knows LangChain's words reads. */
export function argsIn(value: unknown): JsonObject {
  const { actionRequests = [] } = Object(value) as { actionRequests?: { args: JsonObject }[] };
  return actionRequests[0]?.args ?? {};
}
