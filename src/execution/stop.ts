// The stop button: somebody holds an agent, a tool, a tenant or everything, until somebody lifts it.
import type { Principal } from "../kernel/principal.js";
import type { Reason } from "../policies/words.js";

export const stopKinds = ["agent", "tool", "tenant", "all"] as const;
export type StopKind = (typeof stopKinds)[number];

export interface Stop {
  id: string;
  kind: StopKind;
  /** Of the agent or the tool; null for a tenant, and for everything. */
  name: string | null;
  by: Principal;
  why: string;
  at: Date;
  /** Null while it stands. */
  lifted: Lifted | null;
}

export interface Lifted {
  by: Principal;
  why: string;
  at: Date;
}

/** A stop keeps the call from being claimed. Nothing about the call has changed. */
export interface Stopped {
  stop: Stop;
}

export function isStopped(outcome: object | null): outcome is Stopped {
  return outcome !== null && "stop" in outcome;
}

/** For whoever decides on a call that would have run without asking. */
export function stopReason({ kind, name, by, at, why }: Stop): Reason {
  return {
    rule: "stopped",
    text: `${by.id} stopped ${inWords(kind, name)} at ${at.toISOString()}: ${why}`,
  };
}

function inWords(kind: StopKind, name: string | null): string {
  switch (kind) {
    case "agent":
      return `the agent ${name ?? ""}`;
    case "tool":
      return `the tool ${name ?? ""}`;
    case "tenant":
      return "all agents here";
    case "all":
      return "everything";
  }
}
