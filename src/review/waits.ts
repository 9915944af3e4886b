import type { Review } from "./types.js";

/** Nothing may come of it yet: nobody has decided, or whoever did may still take it back. */
export function stillWaits({ status, decidingUntil }: Pick<Review, "status" | "decidingUntil">): boolean {
  return status === "open" || status === "claimed" || decidingUntil !== null;
}
