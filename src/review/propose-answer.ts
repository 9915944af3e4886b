// An agent's answer that somebody has to release before anybody reads it. Its words go into its row and nowhere else: the
// graph's state, which whoever chats can read, knows only that there is one.
import { hashJson, sha256 } from "../kernel/json.js";
import { isAboutAnswers } from "../policies/about-answers.js";
import type { CallFacts } from "../policies/assess.js";
import type { Policy } from "../policies/policy.js";
import type { Reason, Route } from "../policies/words.js";
import { replyName, type AnswerMode } from "../tools/built-in/reply.js";
import { assessCall } from "./assess-call.js";
import { evidenceFor, type Said } from "./evidence.js";
import { actionIdOf, propose, type ProposeDeps } from "./propose.js";
import type { ProposedCall, TaskScope } from "./types.js";

export interface AnswerDeps extends ProposeDeps {
  /** Null: only what a rule of the policy holds. */
  mode: AnswerMode | null;
}

/** An answer that is on record and not in the conversation, as the graph's state knows it. */
export interface PendingAnswer {
  messageId: string;
  callId: string;
  /** The message it answers: once another one stands there, it answers nothing any more. */
  after: string | null;
  route: Route;
}

/** Whether answers of this agent may have to wait; then nobody may watch them being written. */
export function mayBeHeld({ mode, policy }: Pick<AnswerDeps, "mode" | "policy">): boolean {
  return mode !== null || isAboutAnswers(policy());
}

/**
 * The same again where a run is taken up by another process: its answer is on record already, and is not asked for anew.
 * Null where it is not, or nobody can tell.
 */
export async function answerOnRecord(
  deps: AnswerDeps,
  scope: TaskScope,
  after: string | null,
): Promise<PendingAnswer | null> {
  if (scope.runId === null) return null;
  const place = placeOf(deps, scope, after);
  const standing = await deps.store.standing(scope.tenant, actionIdOf(scope, callOf(place)));
  return standing && { ...place, route: standing.action.assessment.route };
}

/** Null: it may be read at once, and is not written down. */
export async function proposeAnswer(
  deps: AnswerDeps,
  scope: TaskScope,
  text: string,
  after: string | null,
  said: readonly Said[],
): Promise<PendingAnswer | null> {
  const flags = deps.mode === null ? [] : [released];
  if (text.trim() === "") return null;
  const policy = deps.policy();
  const evidence = await evidenceFor(deps.store, policy, scope, said);
  if (routeOf(deps.tools, policy, text, { evidence, flags }) === "execute") return null;
  const place = placeOf(deps, scope, after);
  const [action] = await propose(deps, scope, [{ ...callOf(place), args: { text } }], {
    said,
    flags,
    isDraftedNext: true,
  });
  if (!action) throw new Error("An answer was proposed and is not on record.");
  return { ...place, route: action.assessment.route };
}

/** Without its words, which the row has. */
export function callOf({ messageId, callId }: Omit<PendingAnswer, "route">): ProposedCall {
  return { messageId, callIndex: 0, callId, tool: replyName, args: {} };
}

const released: Reason = {
  rule: "answers",
  text: "What this agent answers is released by a person before anybody reads it.",
};

function placeOf(
  { newId }: AnswerDeps,
  { runId }: TaskScope,
  after: string | null,
): Omit<PendingAnswer, "route"> {
  const id = sha256("answer", runId ?? newId(), after ?? "").slice(0, 32);
  return { messageId: `answer-of-${id}`, callId: `call_${id}`, after };
}

function routeOf(
  tools: AnswerDeps["tools"],
  policy: Policy,
  text: string,
  found: Pick<CallFacts, "evidence" | "flags">,
): Route {
  const tool = tools.get(replyName);
  if (!tool) throw new Error("Answers are held without the tool that says them.");
  const args = { text };
  const facts = { tool: replyName, args, argsHash: hashJson(args), declared: tool, context: {}, ...found };
  return assessCall(policy, tool, facts).route;
}
