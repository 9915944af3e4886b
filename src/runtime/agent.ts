// One of our agents, put together: its tools, its policy, its model, and the graph in which its calls are held.
import type { Executor } from "../execution/executor.js";
import { agentGraph, type AgentGraphDeps } from "../graph/agent-graph.js";
import type { GuardedGraph } from "../graph/guarded-graph.js";
import { parseInput } from "../graph/input.js";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import type { NewId } from "../kernel/ids.js";
import { langchainModel } from "../models/langchain.js";
import type { Model } from "../models/port.js";
import type { AgentOptions } from "../options.js";
import { emptyPolicy, loadPolicy } from "../policies/load-policy.js";
import { createPolicySource } from "../policies/policy-source.js";
import type { Policy, Replacement } from "../policies/policy.js";
import type { Judge } from "../review/decide.js";
import type { ReviewStore } from "../review/store.js";
import type { Database } from "../storage/database.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import { recordPolicy } from "../storage/policy-rows.js";
import { toolSet, type ToolSet } from "../tools/tool-set.js";

export interface Agent extends ServedGraph, Judge {
  readonly kind: "agent";
  readonly graph: GuardedGraph;
  /** The name of its model. */
  readonly modelName: string;
  /** The same graph without a checkpointer, for a host that brings its own. */
  hostedGraph(): GuardedGraph;
  reloadPolicy(text: string, file?: string): Promise<Replacement>;
}

/** What can be wrong with an agent's options, and needs no database to be found out. */
export interface PreparedAgent {
  id: string;
  tools: ToolSet;
  policy: Policy;
  policyText: string;
  model: Model;
  instructions: string | null;
}

export const defaultName = "agent";

export function prepareAgent({ name = defaultName, ...options }: AgentOptions): PreparedAgent {
  return {
    id: name,
    tools: toolSet(options.tools),
    policy: compilePolicy(options.policy),
    policyText: typeof options.policy === "string" ? options.policy : "",
    model: asModel(options.model),
    instructions: options.instructions ?? null,
  };
}

export function assembleAgent(
  prepared: PreparedAgent,
  parts: {
    db: Database;
    tenant: string;
    saver: FencedSaver;
    reviews: ReviewStore;
    executor: Executor;
    newId: NewId;
  },
): Agent {
  const { id, tools, model, instructions } = prepared;
  const source = createPolicySource(prepared.policy);
  const policy = (): Policy => source.current();
  const { executor, newId } = parts;
  const deps: AgentGraphDeps = {
    graphId: id,
    model,
    tools,
    instructions,
    newId,
    policy,
    store: parts.reviews,
    executor,
  };
  const graph = agentGraph(deps, parts.saver);
  return {
    id,
    kind: "agent",
    graph,
    modelName: model.name,
    tools,
    policy,
    hostedGraph: () => agentGraph(deps),
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

    async reloadPolicy(text, file = "policy.yaml") {
      let next: Policy;
      try {
        next = loadPolicy(text, file);
      } catch (error) {
        return source.replace(() => {
          throw error;
        });
      }
      // On record before it is in force: what an action was judged by can then always be looked up.
      await recordPolicy(parts.db, parts.tenant, next, text);
      return source.replace(() => next);
    },
  };
}

function compilePolicy(policy: AgentOptions["policy"]): Policy {
  if (policy === undefined) return emptyPolicy();
  return typeof policy === "string" ? loadPolicy(policy, "policy.yaml") : policy;
}

function asModel(model: AgentOptions["model"]): Model {
  return "stream" in model && "_llmType" in model ? langchainModel(model) : model;
}
