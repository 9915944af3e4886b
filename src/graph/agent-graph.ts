import { END, START, StateGraph, type BaseCheckpointSaver } from "@langchain/langgraph";
import type { ActDeps } from "../execution/act.js";
import { agentNode, type AgentDeps } from "../nodes/agent.js";
import { classifyRiskNode } from "../nodes/classify-risk.js";
import { draftNode, type DraftNodeDeps } from "../nodes/draft.js";
import { executeNode } from "../nodes/execute.js";
import { holdNode } from "../nodes/hold.js";
import { refuseNode } from "../nodes/refuse.js";
import { replyNode } from "../nodes/reply.js";
import { GuardedGraph } from "./guarded-graph.js";
import { afterAgent, afterClassifyRisk, afterDraft, afterReply } from "./routes.js";
import { createHeardCalls } from "../nodes/heard-calls.js";
import type { OtherModels } from "../nodes/opinions.js";
import { RecentMap } from "../kernel/recent-map.js";
import type { Rationale } from "../tools/rationale.js";
import { AgentInput, AgentOutput, AgentState } from "./state.js";

export type AgentGraphDeps = Omit<AgentDeps, "rationales" | "heard"> &
  ActDeps &
  DraftNodeDeps & { others: OtherModels };

/** More than are ever between a model's answer and its rows. */
const mostRationales = 10_000;

/**
 * The agent as a graph: the model proposes, each call is classified, and is executed, held or refused as a task of
 * its own; the model goes on when every call has its one answer.
 * @param checkpointer left out for a host (LangGraph's servers) that brings its own.
 */
export function agentGraph(given: AgentGraphDeps, checkpointer?: BaseCheckpointSaver): GuardedGraph {
  const deps = {
    ...given,
    rationales: new RecentMap<string, Rationale>(mostRationales),
    heard: createHeardCalls(),
  };
  const builder = new StateGraph({ state: AgentState, input: AgentInput, output: AgentOutput })
    .addNode("agent", agentNode(deps))
    .addNode("classify-risk", classifyRiskNode(deps))
    .addNode("draft", draftNode(deps))
    .addNode("execute", executeNode(deps))
    .addNode("hold", holdNode(deps))
    .addNode("refuse", refuseNode(deps))
    .addNode("reply", replyNode({ ...deps, ...deps.answers }))
    .addEdge(START, "agent")
    .addConditionalEdges("agent", afterAgent, ["classify-risk", "draft", "reply", END])
    .addConditionalEdges("classify-risk", afterClassifyRisk, ["draft", "execute", "hold", "refuse"])
    .addConditionalEdges("draft", afterDraft, ["execute", "hold", "refuse", "reply"])
    .addEdge("execute", "agent")
    .addEdge("hold", "agent")
    .addEdge("refuse", "agent")
    .addConditionalEdges("reply", afterReply, ["agent", END]);
  return GuardedGraph.around(builder.compile({ name: "agent", ...(checkpointer ? { checkpointer } : {}) }));
}
