// Where the queue stands, told whenever it has changed.
import { claimsNow } from "../storage/review-claims.js";
import { wordsNow } from "../storage/review-events.js";
import { votesNow } from "../storage/vote-rows.js";
import { tallyReviews } from "../storage/review-queue.js";
import type { HttpDeps } from "./deps.js";
import { lookAgain } from "./look-again.js";
import type { ServerEvent } from "./sse.js";
import { tallyToWire } from "./wire/reviews.js";

export function watchQueue(
  { runtime }: Pick<HttpDeps, "runtime">,
  { tenant, since, signal }: { tenant: string; since: Date; signal: AbortSignal },
): AsyncGenerator<ServerEvent> {
  return lookAgain({
    event: "queue",
    look: async () => tallyToWire(await tallyReviews(runtime.db, tenant, since)),
    // A claim that changes hands, a vote and a comment change no figure, and yet what everybody sees.
    beside: () =>
      runtime.db.batch(
        { tenant },
        [claimsNow, votesNow, wordsNow].map((now) => now(tenant)),
      ),
    changed: () => runtime.nextReviewOf(tenant, signal),
    signal,
  });
}
