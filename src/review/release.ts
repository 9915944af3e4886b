// Releasing a call, as it was proposed or with changed arguments, on the terms of the policy in force.
import type { JsonObject } from "../kernel/json.js";
import { holdsRole } from "../kernel/principal.js";
import { deadlineOf, type Policy } from "../policies/policy.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { Asked, DecideDeps, DecideResult } from "./answer.js";
import { answersToQuestions } from "./questions.js";
import { read, taken } from "./read.js";
import { lost, record, rewrittenIn } from "./record.js";
import { forbidden, notServed, refuse, toolGone } from "./refusals.js";
import { termsFor, type Terms } from "./terms.js";

export async function release(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const agent = deps.agentOf(review.graphId);
  if (!agent) return notServed(review);
  const tool = agent.tools.get(review.tool);
  // Without its tool a call cannot run whatever is decided; the agent is then told so.
  if (!tool) return answer.type === "edit" ? toolGone(review) : record(deps, asked, review);
  // Edited arguments are parsed by the same tool; what is parsed is a call like any other.
  const args = answer.type === "edit" ? read(() => tool.parseArgs(answer.args)) : taken(review.args);
  return args.ok ? releaseWith(deps, asked, agent.policy(), tool, args.value) : args;
}

async function releaseWith(
  deps: DecideDeps,
  asked: Asked,
  policy: Policy,
  tool: HoldpointTool,
  args: JsonObject,
): Promise<DecideResult> {
  const { by, review, answer } = asked;
  const terms = termsFor(policy, review, tool, args);
  if (terms.isForbidden) return policyForbids(asked, terms);
  if (!holdsRole(by, terms.roles)) {
    const respondMs = deadlineOf(policy, terms.tier)?.ms ?? null;
    return passOn(deps, asked, { ...terms, args, respondMs });
  }
  const answers = answersToQuestions(terms.questions, answer.answers ?? {});
  if (!answers.ok) return answers;
  return record(deps, asked, { args, argsHash: terms.assessment.argsHash, answers: answers.value });
}

/** It needs more than the caller has: the review goes on to who has it. */
async function passOn(
  deps: DecideDeps,
  asked: Asked,
  { assessment: { argsHash }, ...next }: Terms & { args: JsonObject; respondMs: number | null },
): Promise<DecideResult> {
  const { by, review, answer } = asked;
  if (rewrittenIn(review, next.args) !== null) return changedPastDraft;
  const amended = await deps.store.amend(by.tenant, {
    by,
    reviewId: review.id,
    seenHash: review.argsHash,
    version: review.version,
    args: next.args,
    argsHash,
    level: next.level,
    tier: next.tier,
    roles: next.roles,
    respondMs: next.respondMs,
    title: next.title,
    reasons: next.reasons,
    // Only who changed the call asks for another one.
    requestedBy: argsHash === review.argsHash ? review.requestedBy : by,
  });
  if (!amended) return lost(deps, asked);
  await deps.resumption.resume(amended);
  return answer.type === "edit" ? { ok: true, review: amended } : forbidden(by, amended);
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
