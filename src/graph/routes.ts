import { END, Send } from "@langchain/langgraph";
import type { Route } from "../policies/words.js";
import { callOf, type PendingAnswer } from "../review/propose-answer.js";
import { callsOf, lastModelMessage } from "./calls.js";
import type { AgentStateValue } from "./state.js";

/** After the model: to the risk of its calls, to who releases its answer, or to the end. */
export function afterAgent(state: AgentStateValue): "classify-risk" | "draft" | Send | typeof END {
  const pending = pendingAnswer(state);
  if (pending) return pending.route === "draft" ? "draft" : toReply(pending);
  const message = lastModelMessage(state.messages);
  return message && callsOf(message).length > 0 ? "classify-risk" : END;
}

/** After the risk: what carries words for people is put into blocks first. */
export function afterClassifyRisk(state: AgentStateValue): "draft" | Send[] {
  return state.routed.some(({ route }) => route === "draft") ? "draft" : toEachCall(state);
}

/** After the blocks: on to where it would have gone without them. */
export function afterDraft(state: AgentStateValue): Send | Send[] {
  const pending = pendingAnswer(state);
  return pending ? toReply(pending) : toEachCall(state);
}

/** After an answer: to the end where it is said, back to the agent where nobody released it. */
export function afterReply(state: AgentStateValue): "agent" | typeof END {
  const message = lastModelMessage(state.messages);
  return message && message.id === state.answer?.messageId ? END : "agent";
}

/** The answer that waits to be said; null where the conversation has gone on without it. */
export function pendingAnswer({ answer, messages }: AgentStateValue): PendingAnswer | null {
  return answer && answer.after === (messages.at(-1)?.id ?? null) ? answer : null;
}

function toReply(pending: PendingAnswer): Send {
  return new Send("reply", callOf(pending));
}

/** One task per call, so that none waits for an undecided sibling. */
function toEachCall(state: AgentStateValue): Send[] {
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
