// An agent that is named in `langgraph.json`: served by Holdpoint's own server, or by another host of LangGraph graphs.
import type { Hono } from "hono";
import { createAccess } from "./access/access.js";
import { loadAccess } from "./access/load-access.js";
import { keysCooldownMs } from "./access/tokens.js";
import type { GuardedGraph } from "./graph/guarded-graph.js";
import { startHoldpoint, type Started } from "./holdpoint.js";
import { accessGate, type Gate } from "./http/gate.js";
import { hostApp } from "./http/host-app.js";
import type { HoldpointOptions } from "./options.js";
import type { HostOptions } from "./runs/host-resumption.js";

/** `database` counts under a host only: Holdpoint's server has its own. */
export type AgentSource = HoldpointOptions | (() => HoldpointOptions | Promise<HoldpointOptions>);

/** What a host calls for each run. */
export interface AgentDefinition {
  (): Promise<GuardedGraph>;
  /** What Holdpoint's server asks for instead. */
  readonly [agentOptions]: () => Promise<HoldpointOptions>;
  /** The review API for the host's HTTP server (`http.app`), so that what waits can be decided there. */
  readonly app: Hono;
  /** Ends what the first call started. */
  stop(): Promise<void>;
}

// Registered, because the module that defines an agent may have another copy of this package than the server.
export const agentOptions: unique symbol = Symbol.for("holdpoint.agent") as never;

/**
 * Defines an agent for `langgraph.json`. Holdpoint's server reads the options; LangGraph's own servers call the
 * definition like any graph factory, and get the same graph without a checkpointer. Its reviews and executions stand in
 * `database` all the same: the rows release, whoever runs the graph.
 * @param host where the host's API is, for delivering decisions; without it, in the server that this process is. Its
 * `access`, the text of an access file, says who may ask the review routes; without it they answer to this machine only.
 *
 * @example
 * export const graph = defineAgent({ model, tools, policy, database: { url } });
 * export const app = graph.app;
 */
export function defineAgent(
  source: AgentSource,
  host: HostOptions & { access?: string } = {},
): AgentDefinition {
  const options = async () => (typeof source === "function" ? source() : source);
  let started: Promise<Started> | null = null;
  const start = () => (started ??= options().then((given) => startHoldpoint(given, host)));
  return Object.assign(async () => (await start()).holdpoint.hostedGraph(), {
    [agentOptions]: options,
    app: hostApp(async () => (await start()).runtime, gateOf(host)),
    stop: async () => (await started)?.holdpoint.stop(),
  });
}

function gateOf({ access }: { access?: string }): { gate?: Gate } {
  if (access === undefined) return {};
  const read = createAccess(loadAccess(access, "access"), {
    now: () => new Date(),
    cooldownMs: keysCooldownMs,
  });
  return { gate: accessGate(() => read) };
}

export function isAgentDefinition(value: unknown): value is AgentDefinition {
  return typeof value === "function" && agentOptions in value;
}
