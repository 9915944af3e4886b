// Where the queue stands, told whenever it has changed.
import type { ReviewTally } from "../review/queue.js";
import { tallyReviews } from "../storage/review-queue.js";
import type { HttpDeps } from "./deps.js";
import type { ServerEvent } from "./sse.js";
import { tallyToWire } from "./wire/reviews.js";

/** Never ends by itself. Words of a change may be lost, so it also looks by itself, and tells only what is new. */
export async function* watchQueue(
  { runtime }: Pick<HttpDeps, "runtime">,
  { tenant, since, signal }: { tenant: string; since: Date; signal: AbortSignal },
): AsyncGenerator<ServerEvent> {
  let last: string | null = null;
  for (let told = 1; !signal.aborted; ) {
    // Listened for before the look, so that what changes in between is not missed.
    const changed = runtime.nextReviewOf(tenant, signal);
    const tally: ReviewTally = await tallyReviews(runtime.db, tenant, since);
    const data = tallyToWire(tally);
    const text = JSON.stringify(data);
    if (text !== last) yield { event: "queue", id: String(told++), data };
    last = text;
    await changed;
  }
}
