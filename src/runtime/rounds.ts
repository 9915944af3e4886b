// What a process looks after again and again, beside the runs it works on. Each look may happen in any process, at any time.
import type { Policy } from "../policies/policy.js";
import { isUnstaffed, type Staffing } from "../policies/staffing.js";
import { passDeadlines, type DeadlineDeps } from "../review/deadlines.js";
import type { Resumption } from "../review/resumption.js";
import { createReconciler, type ReconcilerDeps } from "../runs/reconciler.js";
import type { RunStore } from "../storage/run-rows.js";
import type { Agent } from "./agent.js";
import type { Jobs } from "./jobs.js";
import type { PolicyChanges } from "./policy-changes.js";
import type { Shadow } from "./policy-shadow.js";

export interface RoundsDeps {
  every: Jobs["every"];
  agents: ReadonlyMap<string, Agent>;
  shadow: Shadow;
  changes: PolicyChanges;
  deadlines: DeadlineDeps["deadlines"];
  resumption: Resumption;
  /** Null: not known. */
  staffing: (() => Staffing) | null;
  reconciling: ReconcilerDeps;
  reconcileMs: number;
  /** Null: these agents run under no host. */
  host: Resumption | null;
  runs: Pick<RunStore, "undeliveredAtHost">;
}

export function startRounds(deps: RoundsDeps): void {
  const { every, agents, shadow, changes, deadlines, resumption, staffing, host, runs } = deps;
  const policies = new Map([
    ...[...agents].map(([id, { policy }]) => [id, policy] as const),
    ...changes.rulings,
  ]);
  const known = staffing && {
    isUnstaffed: (policy: Policy, tier: string, tenant: string) =>
      isUnstaffed(policy, staffing(), tier, tenant),
  };
  every(shadowMs, "judge by the shadow policy", () => shadow.follow());
  every(deadlineSweepMs, "pass deadlines", () =>
    passDeadlines({ deadlines, resumption, policies, ...known }),
  );
  every(changesMs, "look after changes of the policy", changes.tend);
  const reconciler = createReconciler(deps.reconciling, deps.reconcileMs);
  every(Math.min(deps.reconcileMs, reconcilePageMs), "reconcile", () => reconciler.round());
  if (!host) return;
  every(hostSweepMs, "deliver decisions to the host", async () => {
    for (const of of await runs.undeliveredAtHost(hostSweepMs)) await host.resume(of);
  });
}

/** How late a deadline may be acted on; nobody can decide in between. */
const deadlineSweepMs = 1_000;
const hostSweepMs = 3_000;
/** How often the shadow policy looks for calls. */
const shadowMs = 1_000;
/** How late a process may hear of another policy that came into force elsewhere. */
const changesMs = 1_000;
/** Between two pages of what waits. */
const reconcilePageMs = 1_000;
