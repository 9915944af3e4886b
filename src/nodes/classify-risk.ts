import type { RunnableConfig } from "@langchain/core/runnables";
import { callsOf, lastModelMessage } from "../graph/calls.js";
import type { AgentStateValue, RoutedCall } from "../graph/state.js";
import type { Model } from "../models/port.js";
import { propose, type ProposeDeps } from "../review/propose.js";
import { offeredTools, type Rationales } from "./agent.js";
import { conversationOf } from "./conversation.js";
import type { HeardCalls } from "./heard-calls.js";
import { opinionsOf, othersAsked, type OtherModels } from "./opinions.js";
import { saidIn } from "./said.js";
import { scopeOf } from "./scope.js";

/** Writes one row for each call of the model's message, with its risk and, where somebody has to decide, a review. */
export function classifyRiskNode(
  deps: ProposeDeps & {
    rationales: Rationales;
    heard: HeardCalls;
    instructions: string | null;
    model: Pick<Model, "name">;
    others: OtherModels;
  },
) {
  const offered = offeredTools(deps.tools);
  const others = othersAsked(deps.others);
  return async (state: AgentStateValue, config: RunnableConfig): Promise<{ routed: RoutedCall[] }> => {
    const message = lastModelMessage(state.messages);
    if (!message) return { routed: [] };
    const scope = scopeOf(config);
    const calls = callsOf(message).map((call) => ({
      ...call,
      rationale: deps.rationales.get(call.callId) ?? null,
      certainty: deps.heard.from(scope, call)?.certainty ?? null,
    }));
    const areHeard = calls.every((call) => deps.heard.from(scope, call));
    const actions = await propose(deps, scope, calls, {
      madeBy: areHeard ? { model: deps.model.name, instructions: deps.instructions, others } : null,
      opinions:
        others.length === 0
          ? null
          : opinionsOf({
              ...deps,
              offered,
              messages: state.messages.slice(0, state.messages.indexOf(message)),
              signal: config.signal,
            }),
      said: saidIn(state.messages),
      isDraftedNext: true,
      conversation: (answers) => conversationOf(deps.instructions, state.messages, answers),
    });
    for (const call of calls) {
      deps.rationales.delete(call.callId);
      deps.heard.forget(scope, call);
    }
    return { routed: actions.map(({ callIndex, assessment }) => ({ callIndex, route: assessment.route })) };
  };
}
