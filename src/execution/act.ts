// What becomes of one proposed call: the story of the nodes `hold` and `execute`. It believes the row and the
// decision, and nothing that the graph, a client or a model hands it.
import { sha256 } from "../kernel/json.js";
import type { Log } from "../kernel/log.js";
import type { Reason, RiskAssessment } from "../policies/words.js";
import { holdOf, stoppedHold, type HoldPayload } from "../review/hold.js";
import { assessNow } from "../review/assess-now.js";
import { evidenceFor } from "../review/evidence.js";
import { actionIdOf, propose, proposedHash, reviewOf, type ProposeDeps } from "../review/propose.js";
import type { Standing } from "../review/store.js";
import { unlessUnstaffed } from "../review/unstaffed.js";
import { stillWaits } from "../review/waits.js";
import type { Action, Execution, ProposedCall, Review, TaskScope } from "../review/types.js";
import type { Executor } from "./executor.js";
import {
  endedWithoutRunning,
  forbiddenMeanwhile,
  notRun,
  ran,
  refused,
  toolIsGone,
  type Answered,
} from "./answers.js";
import { doInstead } from "./instead.js";
import { orderOf } from "./order.js";
import { isStopped, stopReason, type Stop, type Stopped } from "./stop.js";

export interface ActDeps extends ProposeDeps {
  executor: Executor;
  log: Log;
}

export type ActOutcome =
  /** It needs a person: to decide, or to say whether it happened. */
  | { kind: "waiting"; hold: HoldPayload }
  /** It is over, one way or another. */
  | Answered;

export async function act(deps: ActDeps, scope: TaskScope, call: ProposedCall): Promise<ActOutcome> {
  return actOn(deps, scope, call, await standingOf(deps, scope, call));
}

/** The same, on what `standingOf` has just found. */
export async function actOn(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  standing: Standing,
): Promise<ActOutcome> {
  const { action, review, settle, execution } = standing;

  if (execution?.state === "succeeded" || execution?.state === "failed") {
    return conclude(deps, scope, call, standing, execution);
  }
  if (execution?.state === "unknown") {
    if (settle?.decision?.type !== "retry" || settle.status !== "decided")
      return waitFor(deps, call, settle ?? review);
    return conclude(
      deps,
      scope,
      call,
      standing,
      await deps.executor.retry(scope, orderOf(deps, standing), execution),
    );
  }
  if (action.assessment.route === "refuse") return refused(action);
  if (review && !execution) {
    const answer = await answerWithoutRunning(deps, scope, call, action, review);
    if (answer) return answer;
  }
  if (!execution || execution.paused) {
    const changed = await underThePolicyNow(deps, scope, call, standing);
    if (changed) return changed;
  }
  return conclude(deps, scope, call, standing, await deps.executor.execute(scope, orderOf(deps, standing)));
}

/**
 * The record of this call. A call without one (a copied thread, a forged message or `Send`), or with one that says
 * something else, is proposed here and now, and held.
 */
export async function standingOf(deps: ActDeps, scope: TaskScope, call: ProposedCall): Promise<Standing> {
  const found = await deps.store.standing(scope.tenant, actionIdOf(scope, call));
  const hash = proposedHash(deps.tools, call);
  if (found && found.action.tool === call.tool && found.action.argsHash === hash) return found;
  // Without its tool nothing can be parsed as it was, and nothing can run either: what was done or answered is told.
  if (found && found.action.tool === call.tool && !deps.tools.has(call.tool)) return found;
  const own = found
    ? { ...call, messageId: `${call.messageId}#${sha256(call.tool, hash).slice(0, 16)}` }
    : call;
  const again = found && (await deps.store.standing(scope.tenant, actionIdOf(scope, own)));
  if (again) return again;
  const [action] = await propose(deps, scope, [own], {
    flags: [
      {
        rule: found ? "differs-from-record" : "not-on-record",
        text: found
          ? "The conversation now shows another call than the one that was recorded when the model made it."
          : "This call was not recorded when the model made it: the conversation was copied, or written by somebody else.",
      },
      ...(found?.execution ? [alreadyAttempted(found.execution)] : []),
    ],
  });
  const opened = action && (await deps.store.standing(scope.tenant, action.id));
  if (!opened) throw new Error(`Action ${actionIdOf(scope, own)} was proposed and is not on record.`);
  return opened;
}

/** A new version of a tool may read the same words of the model as other arguments. */
function alreadyAttempted({ tool, args, state }: Execution): Reason {
  return {
    rule: "possible-repeat",
    text: `What was recorded in this place was already carried out or attempted: ${tool} with ${JSON.stringify(args).slice(0, 500)} (${state}).`,
  };
}

/**
 * What is about to run was judged when it was proposed, perhaps long ago. What the policy in force now forbids does not
 * run, whoever released it; what ran without asking waits where it now asks. Null: it may run as it was released.
 */
async function underThePolicyNow(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  { action, review, execution }: Standing,
): Promise<ActOutcome | null> {
  const tool = deps.tools.get(action.tool);
  if (!tool) return toolIsGone(action.tool);
  const policy = deps.policy();
  if (!review && action.assessment.policyVersion === policy.version) return null;
  const evidence = await evidenceFor(deps.store, policy, scope);
  // A score was enough for the policy of then: by another one it is not known to be, and a person looks.
  const isSettled = review !== null;
  const args = review?.decision?.args ?? action.args;
  const judged = assessNow(policy, tool, args, evidence, isSettled);
  // Whoever released it was there.
  const unstaffed = review ? [] : (deps.unstaffed?.(scope.tenant) ?? []);
  const assessment = unlessUnstaffed(judged, unstaffed);
  if (assessment.route === "refuse") {
    const byAnother = policy.version !== action.assessment.policyVersion;
    const forbidden = forbiddenMeanwhile(assessment.reasons, byAnother);
    const isWithdrawn = !review || (await deps.store.withdraw(scope.tenant, action.id));
    return isWithdrawn ? forbidden : unlessUndone(deps, scope, call, action.id, forbidden);
  }
  // A tool that paused was released and has begun: it may be forbidden to go on, and is not asked about again.
  if (review || execution || assessment.route === "execute") return null;
  const opened = reviewOf(deps, policy, { ...action, assessment }, tool, evidence.now);
  if (opened) await deps.store.reopen(scope.tenant, action.id, assessment, opened);
  const now = await deps.store.standing(scope.tenant, action.id);
  return waitFor(deps, call, now?.review ?? null);
}

/** The answer where a review ends without the tool; null where it releases the tool. */
async function answerWithoutRunning(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  action: Action,
  review: Review,
): Promise<ActOutcome | null> {
  if (stillWaits(review)) return waitFor(deps, call, review);
  const ended = endedWithoutRunning(review);
  const answer = ended && (await withInstead(deps, scope, action, review, ended));
  if (!answer || (review.status !== "decided" && review.status !== "expired")) return answer;
  const isResumed = await deps.store.markResumed(scope.tenant, action.id);
  // Of a deadline that passed nothing can be taken back.
  if (review.status === "expired") return answer;
  return isResumed ? answer : unlessUndone(deps, scope, call, action.id, answer);
}

/** Of a call that nobody decided in time: with what the policy had done in its place, before its agent counts as told. */
async function withInstead(
  deps: ActDeps,
  scope: TaskScope,
  action: Action,
  review: Review,
  ended: Answered,
): Promise<Answered> {
  const { status, kind, onSilence } = review;
  if (status !== "expired" || kind !== "review" || onSilence?.kind !== "instead") return ended;
  return { ...ended, text: `${ended.text} ${await doInstead(deps, scope, action, review, onSilence)}` };
}

/** What follows from a decision was written too late: by another process, or because it was taken back. */
async function unlessUndone(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  actionId: string,
  answer: Answered,
): Promise<ActOutcome> {
  const now = await deps.store.standing(scope.tenant, actionId);
  return now?.review && stillWaits(now.review) ? waitFor(deps, call, now.review) : answer;
}

async function conclude(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  standing: Standing,
  execution: Execution | Stopped | null,
): Promise<ActOutcome> {
  const { action, review, settle } = standing;
  if (isStopped(execution)) return waitForLift(deps, scope, call, standing, execution.stop);
  if (!execution) {
    if (review) return waitFor(deps, call, await unlessUnagreed(deps, scope, action.id, review));
    return notRun("Nothing on record releases this call.");
  }
  if (settle?.status === "decided") await deps.store.markResumed(scope.tenant, action.id);
  const { state } = execution;
  switch (state) {
    case "succeeded":
    case "failed":
      return ran(action, execution);
    case "unknown": {
      const now = await deps.store.standing(scope.tenant, action.id);
      return waitFor(deps, call, now?.settle ?? review);
    }
    case "claimed":
      throw new Error(`Execution ${execution.id} was concluded while it still runs.`);
  }
}

/** It counts as decided, and the executor was not let: people are asked again. */
async function unlessUnagreed(
  deps: ActDeps,
  scope: TaskScope,
  actionId: string,
  review: Review,
): Promise<Review> {
  if (!(await deps.store.reopenUnagreed(scope.tenant, actionId))) return review;
  deps.log.error("a decision on record does not release its call; it is open again", { review: review.id });
  return (await deps.store.find(scope.tenant, review.id)) ?? review;
}

/**
 * What was decided stays so, and runs once the stop is lifted. What would have run without asking is held for a person,
 * who may decide it meanwhile.
 */
async function waitForLift(
  deps: ActDeps,
  scope: TaskScope,
  call: ProposedCall,
  { action, review, settle, execution }: Standing,
  stop: Stop,
): Promise<ActOutcome> {
  if (settle?.status === "decided") return waitFor(deps, call, settle);
  if (execution) return { kind: "waiting", hold: stoppedHold(call.tool, call.callId) };
  if (review) return waitFor(deps, call, review);
  const policy = deps.policy();
  const assessment: RiskAssessment = {
    ...action.assessment,
    route: "review",
    tier: policy.defaultTier,
    reasons: [stopReason(stop), ...action.assessment.reasons],
  };
  const { now: openedAt } = await evidenceFor(deps.store, policy, scope);
  const tool = deps.tools.get(action.tool);
  const opened = reviewOf(deps, policy, { ...action, assessment }, tool, openedAt);
  if (opened) await deps.store.reopen(scope.tenant, action.id, assessment, opened);
  const now = await deps.store.standing(scope.tenant, action.id);
  return waitFor(deps, call, now?.review ?? null);
}

function waitFor(deps: ActDeps, call: ProposedCall, review: Review | null): ActOutcome {
  if (!review) throw new Error(`Call ${call.callId} waits for a review that does not exist.`);
  return {
    kind: "waiting",
    hold: holdOf(review, call.callId, deps.tools.get(review.tool)?.argsSchema ?? {}),
  };
}
