// All that a process serves: its agents and its plain graphs, each on a checkpointer of ours.
import type { ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import { localPerson } from "../kernel/principal.js";
import { createLeases, type DirectLeases } from "../runs/leases.js";
import { FencedSaver } from "../storage/fenced-saver.js";
import type { RunStore } from "../storage/run-rows.js";
import { assembleAgent, type Agent, type AgentParts, type PreparedAgent } from "./agent.js";
import { plainGraph, type PlainGraph } from "./plain-graph.js";

export interface Graphs {
  /** By the id that clients ask for; the first one is the default. */
  all: ReadonlyMap<string, ServedGraph>;
  agents: ReadonlyMap<string, Agent>;
  /** Reads threads of any of them, and writes those of plain graphs. */
  plainSaver: FencedSaver;
  /** Throws `not_found`. */
  servedBy(graphId: string): ServedGraph;
  /** Does code that drives a graph of ours itself hold a thread by this run? */
  isLeased(runId: string): boolean;
}

export function openGraphs(
  prepared: readonly PreparedAgent[],
  plain: Readonly<Record<string, PlainGraph>>,
  parts: Omit<AgentParts, "saver"> & { runs: RunStore },
): Graphs {
  const { db, tenant, runs, newId, letters } = parts;
  const caller = { ...localPerson, tenant };
  const leases: DirectLeases[] = [];
  const saverOf = (graphId: string): FencedSaver => {
    const saver = new FencedSaver(db, tenant, "later");
    const own = createLeases(runs, graphId, caller, newId);
    leases.push(own);
    return Object.assign(saver, { leases: own, letters });
  };
  const agents = new Map(
    prepared.map((one): [string, Agent] => [
      one.id,
      assembleAgent(one, { ...parts, saver: saverOf(one.id) }),
    ]),
  );
  const plainSaver = new FencedSaver(db, tenant);
  const all = new Map<string, ServedGraph>([
    ...agents,
    ...Object.entries(plain).map(([id, source]): [string, ServedGraph] => [
      id,
      plainGraph(id, source, plainSaver),
    ]),
  ]);
  return {
    all,
    agents,
    plainSaver,
    servedBy(graphId) {
      const served = all.get(graphId);
      if (served) return served;
      throw new HoldpointError("not_found", `There is no graph "${graphId}" here.`, {
        details: { graphs: [...all.keys()] },
      });
    },
    isLeased: (runId) => leases.some((one) => one.holds(runId)),
  };
}
