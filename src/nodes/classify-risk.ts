import type { RunnableConfig } from "@langchain/core/runnables";
import { callsOf, lastModelMessage } from "../graph/calls.js";
import type { AgentStateValue, RoutedCall } from "../graph/state.js";
import { propose, type ProposeDeps } from "../review/propose.js";
import type { Rationales } from "./agent.js";
import { scopeOf } from "./scope.js";

/** Writes one row for each call of the model's message, with its risk and, where somebody has to decide, a review. */
export function classifyRiskNode(deps: ProposeDeps & { rationales: Rationales }) {
  return async (state: AgentStateValue, config: RunnableConfig): Promise<{ routed: RoutedCall[] }> => {
    const message = lastModelMessage(state.messages);
    if (!message) return { routed: [] };
    const calls = callsOf(message).map((call) => ({
      ...call,
      rationale: deps.rationales.get(call.callId) ?? null,
    }));
    const actions = await propose(deps, scopeOf(config), calls, [], true);
    for (const { callId } of calls) deps.rationales.delete(callId);
    return { routed: actions.map(({ callIndex, assessment }) => ({ callIndex, route: assessment.route })) };
  };
}
