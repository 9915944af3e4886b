// One of our agents, put together: its tools, its policy, its model, and the graph in which its calls are held.
import type { BaseMessage } from "@langchain/core/messages";
import type { Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import type { Executor } from "../execution/executor.js";
import { agentGraph, type AgentGraphDeps } from "../graph/agent-graph.js";
import type { GuardedGraph } from "../graph/guarded-graph.js";
import { parseInput } from "../graph/input.js";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import type { NewId } from "../kernel/ids.js";
import { askForProposals } from "../models/drafting.js";
import { langchainModel } from "../models/langchain.js";
import type { Model } from "../models/port.js";
import type { AgentOptions } from "../options.js";
import type { Replacement } from "../policies/policy.js";
import type { Judge } from "../review/decide.js";
import type { Review } from "../review/types.js";
import type { DraftStore } from "../review/drafts.js";
import type { ReviewStore } from "../review/store.js";
import type { Letters } from "../review/taking-over.js";
import type { Database } from "../storage/database.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import { replyTools, type AnswerMode } from "../tools/built-in/reply.js";
import { toolSet, type ToolSet } from "../tools/tool-set.js";
import { askAgent, patiently } from "./ask-agent.js";
import { compilePolicy, policyInForce, type GivenPolicy } from "./policy-in-force.js";

export interface Agent extends ServedGraph, Judge {
  readonly kind: "agent";
  readonly graph: GuardedGraph;
  /** The name of its model. */
  readonly modelName: string;
  /** What to say to a scripted demo model to see a call being held; null on any other. */
  readonly demo: string | null;
  /** What it says to a question about a call of its own; nothing comes of that but words. */
  ask(talk: readonly BaseMessage[], about: Review, question: string): Promise<string>;
  readonly instructions: string | null;
  /** Other words for some blocks of a draft of its own; nothing comes of that but words. Throws `agent_silent`. */
  propose(
    review: Review,
    draft: Draft,
    sources: readonly Source[],
    asked: { of: readonly string[]; instruction: string | null },
  ): Promise<{ blockId: string; text: string; note: string | null }[]>;
  /** The same graph without a checkpointer, for a host that brings its own. */
  hostedGraph(): GuardedGraph;
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
}

/** What can be wrong with an agent's options, and needs no database to be found out. */
export interface PreparedAgent extends GivenPolicy {
  id: string;
  tools: ToolSet;
  model: Model;
  instructions: string | null;
  answers: AnswerMode | null;
}

export const defaultName = "agent";

export function prepareAgent({ name = defaultName, ...options }: AgentOptions): PreparedAgent {
  return {
    id: name,
    tools: toolSet(options.tools, options.builtIns),
    ...compilePolicy(options.policy),
    model: asModel(options.model),
    instructions: options.instructions ?? null,
    answers: options.answers ?? null,
  };
}

export function assembleAgent(
  prepared: PreparedAgent,
  parts: {
    db: Database;
    tenant: string;
    saver: FencedSaver;
    reviews: ReviewStore;
    drafts: DraftStore;
    executor: Executor;
    letters: Letters;
    newId: NewId;
  },
): Agent {
  const { id, tools, model, instructions } = prepared;
  const { policy, reloadPolicy } = policyInForce(prepared.policy, parts.db, parts.tenant);
  const { executor, newId } = parts;
  const answers = replyTools(prepared.answers);
  const deps: AgentGraphDeps = {
    graphId: id,
    model,
    tools,
    instructions,
    letters: { ...parts.letters, foundNone: (run) => parts.saver.foundNoLetters(run) },
    newId,
    policy,
    store: parts.reviews,
    drafts: parts.drafts,
    executor,
    answers: { graphId: id, tools: answers, policy, store: parts.reviews, newId, mode: prepared.answers },
  };
  const graph = agentGraph(deps, parts.saver);
  return {
    id,
    kind: "agent",
    graph,
    modelName: model.name,
    demo: model.demo ?? null,
    tools: { get: (tool) => tools.get(tool) ?? answers.get(tool) },
    policy,
    ask: (...asked) => askAgent({ model, instructions }, ...asked),
    instructions,
    propose: (review, { field, blocks }, sources, asked) =>
      patiently((signal) =>
        askForProposals({ model, instructions, signal }, { ...review, field }, sources, { blocks, ...asked }),
      ),
    hostedGraph: () => agentGraph({ ...deps, letters: null }),
    open: () => Promise.resolve(graph as unknown as AnyGraph),
    shown(values) {
      const { messages } = (values ?? {}) as { messages?: unknown };
      return messages === undefined ? {} : { messages };
    },
    // Ids are given here, in the row: a second process that takes the run over then adds no message twice.
    storable: (input) => ({
      messages: parseInput(input, newId).messages.map(({ id, content, name }) => ({
        type: "human",
        id,
        content,
        ...(name ? { name } : {}),
      })),
    }),
    revive: (stored) => parseInput(stored, newId),
    reloadPolicy,
  };
}

function asModel(model: AgentOptions["model"]): Model {
  return "stream" in model && "_llmType" in model ? langchainModel(model) : model;
}
