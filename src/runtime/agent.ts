// One of our agents, put together: its tools, its policy, its model, and the graph in which its calls are held.
import type { BaseMessage } from "@langchain/core/messages";
import type { Executor } from "../execution/executor.js";
import { agentGraph, type AgentGraphDeps } from "../graph/agent-graph.js";
import type { GuardedGraph } from "../graph/guarded-graph.js";
import { parseInput } from "../graph/input.js";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import type { NewId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import { langchainModel } from "../models/langchain.js";
import type { Model } from "../models/port.js";
import { othersAsked, type OtherModels } from "../nodes/opinions.js";
import type { AgentOptions, RoutingOptions } from "../options.js";
import { unstaffedTiers, type Staffing } from "../policies/staffing.js";
import type { Author } from "../policies/stratum.js";
import type { Judge } from "../review/decide.js";
import type { GateDeps } from "../review/gates.js";
import type { Review } from "../review/types.js";
import type { DraftStore } from "../review/drafts.js";
import type { ReviewStore } from "../review/store.js";
import type { Approvals } from "../review/use-approvals.js";
import type { Letters } from "../review/taking-over.js";
import type { Database } from "../storage/database.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import { replyTools, type AnswerMode } from "../tools/built-in/reply.js";
import { toolSet, type ToolSet } from "../tools/tool-set.js";
import { askAgent } from "./ask-agent.js";
import { proposerOf, type Proposer } from "./proposer.js";
import { gatesOn } from "./gates.js";
import { compilePolicy, policyInForce, type GivenPolicy, type PolicyInForce } from "./policy-in-force.js";

export interface Agent extends ServedGraph, Judge, Proposer {
  readonly kind: "agent";
  readonly graph: GuardedGraph;
  /** Those that its model may call. */
  readonly ownTools: ToolSet;
  /** The name of its model. */
  readonly modelName: string;
  /** By what its calls are of one kind with others. */
  readonly author: Author;
  /** What its calls have shown for themselves. */
  readonly gates: GateDeps;
  /** What to say to a scripted demo model to see a call being held; null on any other. */
  readonly demo: string | null;
  /** What it says to a question about a call of its own; nothing comes of that but words. */
  ask(talk: readonly BaseMessage[], about: Review, question: string): Promise<string>;
  /** The same graph without a checkpointer, for a host that brings its own. */
  hostedGraph(): GuardedGraph;
  readonly inForce: PolicyInForce;
}

/** What can be wrong with an agent's options, and needs no database to be found out. */
export interface PreparedAgent extends GivenPolicy {
  id: string;
  tools: ToolSet;
  model: Model;
  instructions: string | null;
  answers: AnswerMode | null;
  /** Those beside its own that are asked about its calls. */
  others: OtherModels;
}

export const defaultName = "agent";

export function prepareAgent({ name = defaultName, ...options }: AgentOptions): PreparedAgent {
  return {
    id: name,
    tools: toolSet(options.tools, options.builtIns),
    ...compilePolicy(options.policy, options.validators),
    model: asModel(options.model),
    instructions: options.instructions ?? null,
    answers: options.answers ?? null,
    others: otherModels(options.routing),
  };
}

function otherModels({ judge, second, ladder = [], timeoutMs = 20_000 }: RoutingOptions = {}): OtherModels {
  return {
    judge: judge ? asModel(judge) : null,
    second: second ? asModel(second) : null,
    ladder: ladder.map(asModel),
    timeoutMs,
  };
}

export interface AgentParts {
  db: Database;
  tenant: string;
  saver: FencedSaver;
  reviews: ReviewStore;
  drafts: DraftStore;
  executor: Executor;
  log: Log;
  letters: Letters;
  newId: NewId;
  /** Who can be asked to decide, where that is known. */
  staffing?: () => Staffing;
  /** How long a model may take to put words into blocks. */
  draftTimeoutMs: number;
  approvals: Approvals;
}

export function assembleAgent(prepared: PreparedAgent, parts: AgentParts): Agent {
  const { id, tools, model, instructions, others } = prepared;
  const inForce = policyInForce(prepared, { ...parts, graphId: id });
  const { policy } = inForce;
  const { executor, newId } = parts;
  const answers = replyTools(prepared.answers);
  const gates = gatesOn(parts.db, parts.log);
  const { staffing } = parts;
  const unstaffed = staffing && {
    unstaffed: (tenant: string) => unstaffedTiers(policy(), staffing(), tenant),
  };
  const deps: AgentGraphDeps = {
    graphId: id,
    model,
    tools,
    instructions,
    others,
    letters: { ...parts.letters, foundNone: (run) => parts.saver.foundNoLetters(run) },
    newId,
    gates,
    approvals: parts.approvals,
    policy,
    ...unstaffed,
    store: parts.reviews,
    drafts: parts.drafts,
    executor,
    log: parts.log,
    draftTimeoutMs: parts.draftTimeoutMs,
    answers: {
      graphId: id,
      tools: answers,
      policy,
      ...unstaffed,
      store: parts.reviews,
      newId,
      mode: prepared.answers,
    },
  };
  const graph = agentGraph(deps, parts.saver);
  return {
    id,
    kind: "agent",
    graph,
    modelName: model.name,
    gates,
    author: { agent: id, model: model.name, instructions, others: othersAsked(others) },
    demo: model.demo ?? null,
    ownTools: tools,
    tools: { get: (tool) => tools.get(tool) ?? answers.get(tool) },
    policy,
    ...unstaffed,
    ask: (...asked) => askAgent({ model, instructions }, ...asked),
    instructions,
    propose: proposerOf({ model, instructions }),
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
    inForce,
  };
}

function asModel(model: AgentOptions["model"]): Model {
  return "stream" in model && "_llmType" in model ? langchainModel(model) : model;
}
