import { END, Send } from "@langchain/langgraph";
import type { Route } from "../policies/words.js";
import { callsOf, lastModelMessage } from "./calls.js";
import type { AgentStateValue } from "./state.js";

/** After the model: to the risk of its calls, or to the end. */
export function afterAgent(state: AgentStateValue): "classify-risk" | typeof END {
  const message = lastModelMessage(state.messages);
  return message && callsOf(message).length > 0 ? "classify-risk" : END;
}

/** After the risk: what carries words for people is put into blocks first. */
export function afterClassifyRisk(state: AgentStateValue): "draft" | Send[] {
  return state.routed.some(({ route }) => route === "draft") ? "draft" : toEachCall(state);
}

/** One task per call, so that none waits for an undecided sibling. */
export function toEachCall(state: AgentStateValue): Send[] {
  const message = lastModelMessage(state.messages);
  const calls = message ? callsOf(message) : [];
  const routeByIndex = new Map(state.routed.map(({ callIndex, route }) => [callIndex, route]));
  // A call that nothing was found about goes where nothing runs without a decision.
  return calls.map((call) => new Send(nodeOf(routeByIndex.get(call.callIndex) ?? "approve"), call));
}

function nodeOf(route: Route): "execute" | "hold" | "refuse" {
  switch (route) {
    case "execute":
      return "execute";
    case "review":
    case "approve":
    case "draft":
      return "hold";
    case "refuse":
      return "refuse";
  }
}
