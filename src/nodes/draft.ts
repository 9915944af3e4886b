import type { RunnableConfig } from "@langchain/core/runnables";
import { callsOf, lastModelMessage } from "../graph/calls.js";
import { pendingAnswer } from "../graph/routes.js";
import type { AgentStateValue } from "../graph/state.js";
import type { Model } from "../models/port.js";
import type { DraftStore } from "../review/drafts.js";
import { actionIdOf, type ProposeDeps } from "../review/propose.js";
import { callOf, type AnswerDeps } from "../review/propose-answer.js";
import type { ProposedCall } from "../review/types.js";
import { sourcesOf } from "./conversation.js";
import { scopeOf } from "./scope.js";
import { writeDraft } from "./write-draft.js";

export interface DraftNodeDeps extends ProposeDeps {
  drafts: DraftStore;
  model: Model;
  instructions: string | null;
  answers: AnswerDeps;
  draftTimeoutMs: number;
}

/**
 * Has the agent put the words of its calls into blocks, all calls at once, and checks each block against what is known.
 * Nothing depends on it: where the model fails, all of the words stay uncertain, and a person reads them.
 */
export function draftNode(deps: DraftNodeDeps) {
  return async (state: AgentStateValue, config: RunnableConfig): Promise<Pick<AgentStateValue, "routed">> => {
    const scope = scopeOf(config);
    const tools = { get: (name: string) => deps.tools.get(name) ?? deps.answers.tools.get(name) };
    const writer = { ...deps, judge: { tools, policy: deps.policy } };
    const { messages, routed } = state;
    const results = await deps.drafts.results(scope.tenant, scope.threadId);
    const sources = sourcesOf(deps.instructions, messages, results);
    await Promise.all(
      draftedIn(state).map(async (call) => {
        const standing = await deps.store.standing(scope.tenant, actionIdOf(scope, call));
        if (standing?.review?.draft?.isWriting)
          await writeDraft(writer, standing.review, standing.review.draft, sources);
      }),
    );
    return { routed };
  };
}

function draftedIn(state: AgentStateValue): ProposedCall[] {
  const pending = pendingAnswer(state);
  if (pending) return [callOf(pending)];
  const message = lastModelMessage(state.messages);
  const drafted = new Set(
    state.routed.filter(({ route }) => route === "draft").map(({ callIndex }) => callIndex),
  );
  return message ? callsOf(message).filter(({ callIndex }) => drafted.has(callIndex)) : [];
}
