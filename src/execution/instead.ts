// What the policy has done in the place of a call that nobody decided in time: an action of its own, on record and judged
// like any other, that runs only where nobody has to be asked about it.
import type { Instead } from "../policies/policy.js";
import { insteadOf } from "../policies/instead.js";
import { assessNow } from "../review/assess-now.js";
import { evidenceFor } from "../review/evidence.js";
import { actionIdOf, propose, titleOf, type ProposeDeps } from "../review/propose.js";
import type { Standing } from "../review/store.js";
import type { Action, Execution, ProposedCall, Review, TaskScope } from "../review/types.js";
import type { Reason } from "../policies/words.js";
import type { Executor } from "./executor.js";
import { orderOf } from "./order.js";
import { isStopped, type Stopped } from "./stop.js";

interface InsteadDeps extends ProposeDeps {
  executor: Executor;
}

/**
 * Does it, or finds it done: its row follows from the refused call's, and its claim from its row, so that whoever comes
 * after a crash goes on and does not begin again. Gives what came of it, in words for the agent.
 */
export async function doInstead(
  deps: InsteadDeps,
  scope: TaskScope,
  refused: Action,
  review: Review,
  instead: Instead,
): Promise<string> {
  const tool = deps.tools.get(instead.tool);
  if (!tool) return notDone(instead.tool, "this agent has no such tool");
  const made = insteadOf(instead, review);
  if (!made.ok) return notDone(instead.tool, made.why);
  const title = titleOf(tool, { tool: instead.tool, args: made.args });
  const call: ProposedCall = {
    messageId: `instead of ${refused.id}`,
    callIndex: 0,
    callId: `instead-${refused.callId}`,
    tool: instead.tool,
    args: made.args,
  };
  const asRequested: TaskScope = { ...scope, principal: refused.requestedBy };
  const standing = await proposed(deps, asRequested, call, review);
  if (!standing) return notDone(title, itsMomentHasPassed);
  const objection = standing.execution ? null : await objectionTo(deps, asRequested, standing, review);
  if (objection !== null) return notDone(title, objection);
  return told(title, await deps.executor.execute(asRequested, orderOf(deps, standing)));
}

/** Null where it was not begun when the time of the refused call was over: nobody who comes back much later begins it. */
async function proposed(
  deps: InsteadDeps,
  scope: TaskScope,
  call: ProposedCall,
  { resumedAt }: Review,
): Promise<Standing | null> {
  const id = actionIdOf(scope, call);
  const found = await deps.store.standing(scope.tenant, id);
  if (found || resumedAt !== null) return found;
  await propose(deps, scope, [call], { asksNobody: true });
  return deps.store.standing(scope.tenant, id);
}

/** Why it may not run by itself, by what it was judged by and by the policy in force. */
async function objectionTo(
  deps: InsteadDeps,
  scope: TaskScope,
  { action }: Standing,
  { resumedAt }: Review,
): Promise<string | null> {
  const { assessment } = action;
  if (assessment.route !== "execute") return whyNot(assessment.route === "refuse", assessment.reasons);
  // What kept it from running, as a stop or another policy, may be gone by now.
  if (resumedAt !== null) return itsMomentHasPassed;
  const policy = deps.policy();
  const tool = deps.tools.get(action.tool);
  if (!tool || assessment.policyVersion === policy.version) return null;
  const now = assessNow(policy, tool, action.args, await evidenceFor(deps.store, policy, scope), false);
  return now.route === "execute" ? null : whyNot(now.route === "refuse", now.reasons);
}

function whyNot(isRefused: boolean, reasons: readonly Reason[]): string {
  const said = reasons.map(({ text }) => text).join(" ");
  return isRefused ? `it is refused: ${said}` : `a person would have to decide it, too: ${said}`;
}

function told(title: string, execution: Execution | Stopped | null): string {
  if (isStopped(execution)) return notDone(title, "it is stopped");
  if (!execution) return notDone(title, "nothing on record releases it");
  switch (execution.state) {
    case "succeeded":
      return `In its place the policy had this done: ${title}. It answered: ${execution.result ?? ""}`;
    case "failed":
      return notDone(title, `the tool failed: ${execution.error ?? "no reason given"}`);
    case "unknown":
    case "claimed":
      return `In its place the policy had this tried: ${title}. Whether it happened is not known, and a person is asked.`;
  }
}

const itsMomentHasPassed = "its moment has passed";

function notDone(what: string, why: string): string {
  return `In its place the policy wanted this done: ${what}. It was not done, because ${why}`;
}
