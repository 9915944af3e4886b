import type { ReviewContext } from "../api.js";

/** Who had to do with it, and who decided on calls like it: those are likely to be meant. */
export function peopleIn(context: ReviewContext | null): string[] {
  const around = (context?.events ?? []).map(({ by }) => by);
  const before = (context?.alike ?? []).flatMap(({ review }) => review.decision?.decidedBy ?? []);
  return [...new Set([...around, ...before].filter(({ kind }) => kind === "person").map(({ id }) => id))];
}
