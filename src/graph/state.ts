import { Annotation, messagesStateReducer } from "@langchain/langgraph";
import type { BaseMessage } from "@langchain/core/messages";
import type { PendingAnswer } from "../review/propose-answer.js";
import type { Route } from "../policies/words.js";

/** How one call of the last model message goes on. Ids and a route, never arguments: the row has those. */
export interface RoutedCall {
  callIndex: number;
  route: Route;
}

export const AgentState = Annotation.Root({
  messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
  /** Written anew for each model message. It steers; only rows release. */
  routed: Annotation<RoutedCall[]>({ reducer: (_, next) => next, default: () => [] }),
  /** An answer that is on record and that nobody may read yet. Its words stand in its row. */
  answer: Annotation<PendingAnswer | null>({ reducer: (_, next) => next, default: () => null }),
});

export const AgentInput = Annotation.Root({
  messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
});

export const AgentOutput = Annotation.Root({
  messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
});

export type AgentStateValue = typeof AgentState.State;
