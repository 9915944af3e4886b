import { isPolicyChange } from "../hold/policy-change.js";
import type { Me, Review, ReviewContext, StandingApproval } from "../api.js";

export function isLive({ revoked, until, usedCount, maxCount }: StandingApproval, now: Date): boolean {
  return revoked === null && new Date(until) > now && usedCount < maxCount;
}

export function amountIn({ usedAmount, maxAmount, currency }: StandingApproval): string {
  return `${usedAmount.toLocaleString()} of ${maxAmount?.toLocaleString() ?? "any"} ${currency ?? ""}`.trim();
}

/** What narrows it, in the order of what matters most. */
export function boundsIn(approval: StandingApproval): string[] {
  const { when, perCall, currency, agent, threadId, cron, hours, tier } = approval;
  return [
    ...(when === null ? ["any call"] : [when]),
    ...(perCall === null ? [] : [`at most ${perCall.toLocaleString()} ${currency ?? ""} a call`]),
    ...(agent === null ? [] : [`by ${agent}`]),
    ...(threadId === null ? [] : ["in one conversation"]),
    ...(cron === null ? [] : ["in runs of one cron"]),
    ...(hours === null ? [] : [hoursIn(hours)]),
    `up to ${tier}`,
  ];
}

function hoursIn(hours: NonNullable<StandingApproval["hours"]>): string {
  return typeof hours === "string"
    ? `in the hours of ${hours}`
    : `${hours.days.join(", ")} ${hours.from} to ${hours.to}, ${hours.zone}`;
}

/**
 * May the reader approve calls like this one in advance, by a right of their own? Not where it could never fit: where roles
 * decide in turn, where four eyes are wanted and they asked themselves, and of a change of the policy. The server has the last word.
 */
export function mayApproveAhead(
  { kind: who, roles: own }: Me,
  review: Review,
  context: ReviewContext | null,
): boolean {
  const { kind, status, draft, roles, panel } = review;
  const holdsOne = own.some((role) => role === "*" || roles.includes(role));
  const waits = status === "open" || status === "claimed";
  const mayFit = panel.turns === null && context !== null && context.mayDecide.why !== "asked";
  return (
    who === "person" && holdsOne && kind === "review" && waits && !draft && mayFit && !isPolicyChange(review)
  );
}

/** Numbers and short texts of the call, as the narrowest condition that it meets; the reader widens it. */
export function conditionOf({ args }: Review): string {
  return Object.entries(args)
    .filter(([name]) => /^[a-z_]\w*$/i.test(name))
    .flatMap(([name, value]) => {
      if (typeof value === "number") return [`args.${name} <= ${decimal(value)}`];
      if (typeof value === "string" && value.length <= 60)
        return [`args.${name} == ${JSON.stringify(value)}`];
      return [];
    })
    .join(" && ");
}

/** Numbers of arguments are doubles in CEL. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
