// A vote among several: counted with those that stand, and written with what they lead to together.
import { authorityOf, holdsRole, subjectOf } from "../kernel/principal.js";
import type { Panel } from "../policies/panel.js";
import type { Policy } from "../policies/policy.js";
import type { Asked, Attempt, DecideDeps } from "./answer.js";
import { evidenceFor } from "./evidence.js";
import { undoMsOf, type Decided } from "./record.js";
import { rungOf } from "./rung.js";
import type { NewVote } from "./store.js";
import { tallyOf, type Ballot, type Outcome } from "./tally.js";
import type { Review, Vote } from "./types.js";

/** @param panel what the review waits for, or more where the policy in force asks for more. */
export async function vote(
  deps: DecideDeps,
  asked: Asked,
  { args, argsHash, answers = [], lends = [] }: Decided,
  panel: Panel,
): Promise<Attempt> {
  const { by, review, answer } = asked;
  const type = answer.type === "reject" ? "reject" : "approve";
  const { approvals, outcome } = tallyWith(panel, review, { type, by });
  const leadsTo = await leadingTo(deps, review, outcome, {
    id: deps.newId(),
    args,
    lends,
    approvedBy: [...review.votes, { type, by }].flatMap((one) => (one.type === "approve" ? [one.by] : [])),
  });
  const after = await deps.store.vote(by.tenant, {
    id: deps.newId(),
    reviewId: review.id,
    type,
    by,
    argsHash,
    seenHash: answer.argsHash,
    version: review.version,
    round: review.round,
    reason: answer.reason ?? null,
    message: answer.message ?? null,
    answers,
    // Who has voted sees the votes: taken back and given anew, it would be no blind one.
    undoMs: panel.blind ? null : undoMsOf(deps, asked),
    idempotencyKey: answer.idempotencyKey ?? null,
    panel,
    roles: rolesAfter(panel, review, approvals),
    leadsTo,
  });
  if (!after) return "changed";
  // Short of a decision nothing follows; what waits at another tier now is shown anew.
  const isDelivered =
    leadsTo.kind === "split" || (leadsTo.kind === "decision" && after.decidingUntil === null);
  if (isDelivered) await deps.resumption.resume(after);
  return { ok: true, review: after };
}

function tallyWith(panel: Panel, review: Review, mine: Pick<Vote, "type" | "by">) {
  const votes = review.votes.filter(({ argsHash }) => argsHash === review.argsHash);
  const ballots = [...votes, mine].map((one) => ballotOf(panel, one));
  return tallyOf(panel, subjectOf(review.requestedBy), ballots);
}

function ballotOf({ veto }: Panel, { type, by }: Pick<Vote, "type" | "by">): Ballot {
  return {
    type,
    subject: subjectOf(by),
    authority: authorityOf(by),
    isVeto: veto.length > 0 && holdsRole(by, veto),
  };
}

async function leadingTo(
  deps: DecideDeps,
  review: Review,
  outcome: Outcome,
  decision: Omit<Extract<NewVote["leadsTo"], { kind: "decision" }>, "kind" | "type">,
): Promise<NewVote["leadsTo"]> {
  switch (outcome.kind) {
    case "open":
      return { kind: "more" };
    case "approved":
      return { kind: "decision", type: "approve", ...decision };
    case "rejected":
      return { kind: "decision", type: "reject", ...decision, lends: [] };
    case "split": {
      const agent = deps.agentOf(review.graphId);
      const policy = agent?.policy();
      const isForNobody = agent?.unstaffed?.(review.tenant).includes(outcome.tier) === true;
      // It leads nowhere any more, or to nobody; divided as they are, they have not approved.
      if (!policy || !hasTier(policy, outcome.tier) || isForNobody)
        return { kind: "decision", type: "reject", ...decision, lends: [] };
      const { now } = await evidenceFor(deps.store, policy, review);
      return { kind: "split", from: review.tier, rung: rungOf(policy, outcome.tier, now) };
    }
  }
}

function hasTier({ tiers }: Policy, wanted: string): boolean {
  return tiers.some(({ name }) => name === wanted);
}

function rolesAfter({ turns }: Panel, { roles }: Review, approvals: number): string[] {
  const next = turns?.[approvals];
  return next === undefined ? roles : [next];
}
