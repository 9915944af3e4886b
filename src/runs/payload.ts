// What a run carries in its row: all that a second process needs to take it over.
import type { JsonObject } from "../kernel/json.js";
import type { Durability } from "../kernel/lease.js";
import type { Run } from "../storage/run-rows.js";

export const graphModes = [
  "values",
  "updates",
  "messages",
  "custom",
  "debug",
  "tasks",
  "checkpoints",
  "tools",
  "events",
] as const;
/** LangGraph's own stream modes, and `events`, which are those of LangChain. */
export type GraphMode = (typeof graphModes)[number];

export interface RunPayload {
  /** As the graph's `storable` gave it. */
  input?: unknown;
  /** Of a graph that is not guarded. */
  command?: JsonObject;
  /** The caller's own, for the nodes. */
  configurable?: JsonObject;
  context?: JsonObject;
  tags?: string[];
  /** For the graph's callbacks and checkpoints. */
  metadata?: JsonObject;
  recursionLimit?: number;
  /** Left out: sync. */
  durability?: Durability;
  /** To go on from an older checkpoint: a fork. */
  checkpoint?: JsonObject;
  interruptBefore?: "*" | string[];
  interruptAfter?: "*" | string[];
  /** What is kept of what it emits; absent: nothing. `asked`: in its caller's words, for who joins without any. */
  stream?: { modes: GraphMode[]; subgraphs: boolean; asked: string[] };
  /** What a person wrote who leads the conversation, by id: told to those who watch, and nothing else. */
  tells?: string[];
  /**
   * A conversation was handed back: the agent goes on, if it owes an answer, or was written a note and has said nothing
   * of its own since (`spoken`: what it had said last then).
   */
  handedBack?: { note: boolean; spoken: string | null };
  /** How often it was parked by a fault before. */
  attempt?: number;
  /** Of a direct run: what its caller does. */
  operation?: "run" | "update" | "reconcile";
}

/** Written by us, so it is believed. */
export function payloadOf(run: Pick<Run, "payload">): RunPayload {
  return run.payload;
}

export function asPayload(payload: RunPayload): JsonObject {
  return JSON.parse(JSON.stringify(payload)) as JsonObject;
}
