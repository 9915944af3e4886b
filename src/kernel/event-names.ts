/** What happens that others may be told of; the `type` of an event has `holdpoint.` before it. */
export const eventNames = [
  "review.opened",
  "review.claimed",
  "review.released",
  "review.handed_on",
  "review.commented",
  "review.extended",
  "review.escalated",
  "review.split",
  "review.parked",
  "review.expired",
  "review.decided",
  "review.undone",
  "review.superseded",
  "execution.succeeded",
  "execution.failed",
  "execution.unknown",
  "policy.changed",
  "autonomy.alarmed",
] as const;

export type EventName = (typeof eventNames)[number];
