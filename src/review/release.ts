// Releasing a call, as it was proposed or with changed arguments, on the terms of the policy in force.
import type { JsonObject } from "../kernel/json.js";
import { isOtherOrder, isTogether, needsOthers, type Panel } from "../policies/panel.js";
import type { Policy } from "../policies/policy.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { Asked, Attempt, DecideDeps, DecideResult } from "./answer.js";
import { barOf } from "./bars.js";
import { answersToQuestions } from "./questions.js";
import { read, taken } from "./read.js";
import { lost, record, rewrittenIn, type Decided } from "./record.js";
import { barred, beyond, forbidden, notServed, refuse, toolGone } from "./refusals.js";
import { begunAnew, type Rung } from "./rung.js";
import { lentBy } from "./lent-steps.js";
import { overLimitOf } from "./over-limit.js";
import { judgedBy, termsFor, type JudgedBy, type Terms } from "./terms.js";
import { vote } from "./vote.js";

export async function release(deps: DecideDeps, asked: Asked): Promise<Attempt> {
  const { review, answer } = asked;
  const agent = deps.agentOf(review.graphId);
  if (!agent) return notServed(review);
  const tool = agent.tools.get(review.tool);
  // Without its tool a call cannot run whatever is decided; the agent is then told so.
  if (!tool) return answer.type === "edit" ? toolGone(review) : settleUnread(deps, asked, agent.policy());
  // Edited arguments are parsed by the same tool; what is parsed is a call like any other.
  const args = answer.type === "edit" ? read(() => tool.parseArgs(answer.args)) : taken(review.args);
  if (!args.ok) return args;
  return releaseWith(deps, asked, await judgedBy(deps.store, agent, review), tool, args.value);
}

/** Another process may still have the tool, as while versions change: limits are the policy's, and hold without it. */
async function settleUnread(deps: DecideDeps, asked: Asked, policy: Policy): Promise<Attempt> {
  const { by, review } = asked;
  const over = overLimitOf(policy, by, review);
  return over ? beyond(by, review, policy, over) : settle(deps, asked, review, review.panel);
}

async function releaseWith(
  deps: DecideDeps,
  asked: Asked,
  judged: JudgedBy,
  tool: HoldpointTool,
  args: JsonObject,
): Promise<Attempt> {
  const { by, review, answer } = asked;
  const terms = termsFor(judged, review, tool, args);
  const { rung, assessment } = terms;
  if (terms.isForbidden) return policyForbids(asked, terms);
  const isChanged = assessment.argsHash !== review.argsHash;
  const isHigher = rung.tier !== review.tier;
  // Votes are for the tier and the order in which they were given.
  const isAnew = isHigher || (review.votes.length > 0 && isOtherOrder(review.panel, rung.panel));
  const votes = isAnew ? [] : review.votes;
  const bar = barOf(by, { ...review, roles: rung.roles, panel: rung.panel, votes });
  if (bar && (isHigher || bar.kind === "role")) return passOn(deps, asked, { ...terms, args });
  // The policy in force asks for more than the review did when it was opened.
  if (bar) return barred(by, { ...review, roles: rung.roles }, bar);
  if (isChanged && needsOthers(rung.panel)) return putBeforeOthers(deps, asked, { ...terms, args });
  const over = overLimitOf(judged.policy, by, { ...review, args });
  if (over) return beyond(by, review, judged.policy, over);
  // Also where one person is enough from now on: the executor counts by what the review itself asks for.
  if (isAnew && (isTogether(rung.panel) || needsOthers(review.panel)))
    return beginAnew(deps, asked, rung, termsFor(judged, review, tool, review.args));
  const answers = answersToQuestions(terms.questions, answer.answers ?? {});
  if (!answers.ok) return answers;
  const decided = {
    args,
    argsHash: assessment.argsHash,
    answers: answers.value,
    lends: lentBy(deps, review, assessment),
  };
  return settle(deps, asked, decided, rung.panel);
}

function settle(deps: DecideDeps, asked: Asked, decided: Decided, panel: Panel): Promise<Attempt> {
  return isTogether(panel) ? vote(deps, asked, decided, panel) : record(deps, asked, decided);
}

type Next = Terms & { args: JsonObject };

/** It needs more than the caller has: the review goes on to who has it. */
async function passOn(deps: DecideDeps, asked: Asked, next: Next): Promise<DecideResult> {
  const amended = await amend(deps, asked, next);
  if (!amended.ok || asked.answer.type === "edit") return amended;
  return forbidden(asked.by, amended.review);
}

/** Whoever changed it is who asks for it now, and others agree to it. */
function putBeforeOthers(deps: DecideDeps, asked: Asked, next: Next): Promise<DecideResult> {
  const { rung } = next;
  return amend(deps, asked, { ...next, rung: { ...rung, panel: { ...rung.panel, fourEyes: true } } });
}

/** The call as it waits comes to where it is decided from now on, and the answer is looked at again there. */
async function beginAnew(deps: DecideDeps, asked: Asked, rung: Rung, terms: Terms): Promise<Attempt> {
  const amended = await amend(deps, asked, { ...terms, rung, args: asked.review.args });
  return amended.ok ? "changed" : amended;
}

async function amend(
  deps: DecideDeps,
  asked: Asked,
  { assessment: { argsHash }, rung, ...next }: Next,
): Promise<DecideResult> {
  const { by, review } = asked;
  if (rewrittenIn(review, next.args) !== null) return changedPastDraft;
  const amended = await deps.store.amend(by.tenant, {
    by,
    reviewId: review.id,
    seenHash: review.argsHash,
    version: review.version,
    args: next.args,
    argsHash,
    level: next.level,
    rung: begunAnew(rung),
    title: next.title,
    reasons: next.reasons,
    // Only who changed the call asks for another one.
    requestedBy: argsHash === review.argsHash ? review.requestedBy : by,
  });
  if (!amended) return lost(deps, asked);
  await deps.resumption.resume(amended);
  return { ok: true, review: amended };
}

/** Whoever decides next has the blocks before them, with what was changed in each. */
const changedPastDraft = refuse(
  "edit_refused",
  "This goes on to somebody else, who reads its words in the draft. Change them there, block by block; the review still waits, unchanged.",
);

function policyForbids({ answer }: Asked, { assessment: { reasons } }: Terms): DecideResult {
  const isEdit = answer.type === "edit";
  const why = reasons.map(({ text }) => text).join(" ");
  return refuse(
    isEdit ? "edit_refused" : "policy_forbids",
    `Policy forbids the ${isEdit ? "edited " : ""}call: ${why} The review still waits, unchanged.`,
    { reasons },
  );
}
