// What a review waits for: a rung of the ladder, as the policy had it when the review came to stand there.
import { afterHours, closingBy } from "../policies/calendar.js";
import { firstIn, type Panel } from "../policies/panel.js";
import {
  deadlineOf,
  panelOf,
  rolesOf,
  type AfterDeadline,
  type Deadline,
  type Policy,
} from "../policies/policy.js";

export interface Rung {
  tier: string;
  /** Roles of which a decider needs one; where roles decide in turn, the one whose turn it is. */
  roles: string[];
  /** How many have to agree, and how. */
  panel: Panel;
  /** How long they have; null: as long as they need, or until `dueAt`. */
  respondMs: number | null;
  /** Until when they have, by the database's clock, where that depends on the hours of the tier. */
  dueAt: Date | null;
  /** What happens then, whatever the policy says by that time; null: they have as long as they need. */
  onSilence: AfterDeadline | null;
}

/** @param now by the database's clock, where the policy has tiers with hours (`reads.now`) */
export function rungOf(policy: Policy, tier: string, now: Date | null): Rung {
  const deadline = deadlineOf(policy, tier);
  const panel = panelOf(policy, tier);
  return {
    tier,
    roles: firstIn(panel, rolesOf(policy, tier)),
    panel,
    ...timeOf(deadline, now),
    onSilence: deadline?.after ?? null,
  };
}

/** The same rung where nobody has voted yet. */
export function begunAnew(rung: Rung): Rung {
  return { ...rung, roles: firstIn(rung.panel, rung.roles) };
}

/** When its time ends if whoever may decide has more of it, once. */
export function putOff({ hours }: Deadline, expiresAt: Date, ms: number): Date {
  const later = new Date(expiresAt.getTime() + ms);
  if (!hours) return later;
  switch (hours.outside) {
    case "wait":
      return afterHours(hours.calendar, expiresAt, ms);
    case "then":
      return closingBy(hours.calendar, expiresAt, later);
  }
}

function timeOf(deadline: Deadline | null, now: Date | null): Pick<Rung, "respondMs" | "dueAt"> {
  if (!deadline?.hours) return { respondMs: deadline?.ms ?? null, dueAt: null };
  if (now === null)
    throw new Error("A tier with hours was asked for its deadline, and nobody said what time it is.");
  const { calendar, outside } = deadline.hours;
  switch (outside) {
    case "wait":
      return { respondMs: null, dueAt: afterHours(calendar, now, deadline.ms) };
    case "then":
      return { respondMs: null, dueAt: closingBy(calendar, now, new Date(now.getTime() + deadline.ms)) };
  }
}
