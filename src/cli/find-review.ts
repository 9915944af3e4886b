import type { Review } from "../http/contract.js";
import { Refusal } from "./command.js";
import { printable } from "./printable.js";
import type { Server } from "./server.js";

/** How much of an id is shown, where that is enough to tell it from the others. */
const shortLength = 8;
/** How many reviews are looked through for a beginning; the undecided come first. */
const mostLookedAt = 5_000;

/** A review by its id, or by the beginning of one where only one begins so. Throws a `Refusal` that says what to do. */
export async function findReview(server: Server, typed: string): Promise<Review> {
  const exact = await server.review(typed);
  if (exact) return exact;
  for (const which of ["open", "all"] as const) {
    const found = await beginningWith(server, which, typed);
    const [first, second] = found;
    if (first && second) {
      const ids = found.map(({ id, title }) => `  ${id}  ${printable(title)}`).join("\n");
      throw new Refusal(`More than one review begins with "${typed}"; type more of the id:\n${ids}`);
    }
    if (first) return first;
  }
  throw new Refusal(`There is no review "${typed}". What waits is listed by: holdpoint reviews`);
}

/** Ids cut to where they still differ from each other. */
export function shortIds(ids: readonly string[]): string[] {
  const longest = Math.max(shortLength, ...ids.map((id) => id.length));
  for (let length = shortLength; length < longest; length += 1) {
    const short = ids.map((id) => id.slice(0, length));
    if (new Set(short).size === ids.length) return short;
  }
  return [...ids];
}

async function beginningWith(server: Server, which: "open" | "all", typed: string): Promise<Review[]> {
  const found: Review[] = [];
  let looked = 0;
  for await (const review of server.reviews(which)) {
    if (review.id.startsWith(typed)) found.push(review);
    looked += 1;
    if (found.length === 5 || looked === mostLookedAt) break;
  }
  return found;
}
