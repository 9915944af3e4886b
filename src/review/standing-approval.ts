// What somebody approved in advance, and whether a call fits it. Pure; that its budget is not overspent is for the store.
import type { JsonObject } from "../kernel/json.js";
import { holdsRole, type Principal } from "../kernel/principal.js";
import type { Flag } from "../policies/assess.js";
import { closingBy, type weekdays } from "../policies/calendar.js";
import { compileCallCondition } from "../policies/cel.js";
import { overLimit } from "../policies/limits.js";
import { stricter } from "../policies/panel.js";
import { ladderFrom, panelOf, rolesOf, type Policy } from "../policies/policy.js";
import { readFacts } from "../policies/readable-facts.js";
import { amountOf } from "../policies/tool-policy.js";
import type { RiskAssessment } from "../policies/words.js";
import { isApprovableAhead } from "./assess-plan.js";
import { isOneWith } from "./bars.js";
import type { Rung } from "./rung.js";
import type { NewReview } from "./store.js";

export interface StandingApproval {
  id: string;
  tool: string;
  /** Null in these: of any. */
  agent: string | null;
  threadId: string | null;
  /** Only in runs that this cron began. */
  cronId: string | null;
  /** CEL over the arguments. */
  when: string | null;
  /** The one call that it is for; null: any that fits. */
  argsHash: string | null;
  /** In all, and of one call, in the currency that the policy gives the tool's amount. */
  maxAmount: number | null;
  perCall: number | null;
  currency: string | null;
  maxCount: number;
  until: Date;
  /** Hours of its own, or the name of a calendar of the policy in force; null: at any time. */
  hours: Hours | string | null;
  /** No call that waits for a higher tier. */
  tier: string;
  reason: string;
  /** The plan that it is a step of. */
  planReviewId: string | null;
  createdAt: Date;
  /** Who signed, with the roles they had then; the first one made it. */
  signers: Principal[];
  /** Those of them, by id, who signed in another's stead and may no longer: they lend it nothing. */
  lapsed: string[];
  usedCount: number;
  usedAmount: number;
  revoked: { by: Principal; why: string; at: Date } | null;
}

/** By the clock of the database. */
export interface Hours {
  /** As in `Europe/Berlin`. */
  zone: string;
  days: readonly Day[];
  /** `HH:MM`; `to` is no longer in it, and before `from` it is on the next day. */
  from: string;
  to: string;
}

export type Day = (typeof weekdays)[number];

/** A call that was just proposed. */
export interface Candidate {
  actionId: string;
  graphId: string;
  threadId: string;
  tool: string;
  args: JsonObject;
  argsHash: string;
  assessment: RiskAssessment;
  requestedBy: Principal;
  flags: readonly Flag[];
  review: NewReview | null;
}

/** Does it wait for a decision that can be made in advance? */
export function isOfAClass(policy: Policy, { assessment, flags, review }: Candidate): boolean {
  return review?.kind === "review" && review.draft === null && isApprovableAhead(policy, assessment, flags);
}

/** What a use of it would take from its budget, and whose word it is. */
export interface Fit {
  amount: number;
  /** As many as the call asks for, or more; different people. */
  signers: readonly [Principal, ...Principal[]];
  /** When the calendar that it names closes, and it fits no longer; null where it names none. */
  closesAt: Date | null;
}

/**
 * Null where the call does not fit.
 * @param now by the database's clock
 */
export function fits(policy: Policy, approval: StandingApproval, call: Candidate, now: Date): Fit | null {
  const isMeant =
    approval.tool === call.tool &&
    (approval.agent ?? call.graphId) === call.graphId &&
    (approval.threadId ?? call.threadId) === call.threadId &&
    (approval.argsHash ?? call.argsHash) === call.argsHash &&
    isTrueOf(approval.when, call);
  const closesAt = closingOf(policy, approval, now);
  if (!isMeant || closesAt === "closed") return null;
  const signers = signersFor(policy, approval, call);
  const amount = amountWithin(policy, approval, call);
  return signers && amount !== null ? { amount, signers, closesAt } : null;
}

/** A calendar that the policy does not have is closed: nobody knows when it would be open. Hours of its own are for the store. */
function closingOf(
  { calendars }: Policy,
  { hours, until }: StandingApproval,
  now: Date,
): Date | "closed" | null {
  if (typeof hours !== "string") return null;
  const calendar = calendars.get(hours);
  const closesAt = calendar ? closingBy(calendar, now, until) : now;
  return closesAt > now ? closesAt : "closed";
}

/**
 * Those who could release this very call themselves: by their roles, within their own limits, and where the tier has four
 * eyes, not who asked for it, nor in their stead. Where roles decide in turn nobody's word comes before those of the others.
 */
function signersFor(policy: Policy, approval: StandingApproval, call: Candidate): Fit["signers"] | null {
  if (!call.review || !ladderFrom(policy, call.review.rung.tier).includes(approval.tier)) return null;
  const asked = whoIsAsked(policy, approval, call.review.rung);
  if (!asked) return null;
  const { panel, roles } = asked;
  const able = approval.signers.filter(
    (signer) =>
      holdsRole(signer, roles) &&
      overLimit(policy, signer, call) === null &&
      !(panel.fourEyes && isOneWith(signer, call.requestedBy)),
  );
  const [first, ...others] = differentPeople(able);
  return first && 1 + others.length >= panel.quorum ? [first, ...others] : null;
}

/** One of each person, whoever's right they sign by. */
export function differentPeople(signers: readonly Principal[]): Principal[] {
  return signers.reduce<Principal[]>(
    (counted, signer) => (counted.some((one) => isOneWith(signer, one)) ? counted : [...counted, signer]),
    [],
  );
}

/** A step was put before the people of its plan's tier, as if it had gone on to them; it needs as many as at its own. */
function whoIsAsked(
  policy: Policy,
  { tier, planReviewId }: StandingApproval,
  rung: Rung,
): Pick<Rung, "panel" | "roles"> | null {
  if (rung.panel.turns) return null;
  if (planReviewId === null) return rung;
  const panel = panelOf(policy, tier);
  return panel.turns ? null : { panel: stricter(rung.panel, panel), roles: [...rolesOf(policy, tier)] };
}

/** One that throws is not true of anything. */
function isTrueOf(when: string | null, { tool, args }: Candidate): boolean {
  if (when === null) return true;
  const compiled = compileCallCondition(when);
  if (!compiled.ok) return false;
  const said = compiled.expression(readFacts({ tool, args, context: {} }));
  return said.ok && said.value;
}

function amountWithin(
  policy: Policy,
  { maxAmount, perCall, currency }: StandingApproval,
  { tool, args }: Candidate,
): number | null {
  if (maxAmount === null && perCall === null) return 0;
  const said = amountOf(policy, { tool, args, context: {} });
  // What gives money back would make the budget larger.
  if (!said || said.amount < 0 || said.currency !== currency) return null;
  return perCall === null || said.amount <= perCall ? said.amount : null;
}
