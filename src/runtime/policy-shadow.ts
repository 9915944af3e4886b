// A policy that judges beside the one in force, and rules nothing. It follows the record: a call is judged by it after it
// was proposed, from its row, with what could be known then. So whatever it does or fails to do, no call waits for it.
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { loadPolicy } from "../policies/load-policy.js";
import type { Policy } from "../policies/policy.js";
import { withValidators } from "../policies/with-validators.js";
import { judgeAgain, type JudgedCall } from "../review/judge-again.js";
import { isSameVerdict } from "../review/policy-replay.js";
import type { Database } from "../storage/database.js";
import { recordPolicy } from "../storage/policy-rows.js";
import {
  beginShadow,
  keepShadowVerdicts,
  readShadow,
  unshadowedCalls,
  type ShadowReport,
  type ShadowVerdict,
} from "../storage/shadow-rows.js";
import type { Agent } from "./agent.js";

export interface Shadow {
  /** Another text shadows from now on; null: none. Throws `policy_invalid`, and nothing has changed. */
  replace(text: string | null, file?: string): Promise<{ version: string } | null>;
  /** Judges what was proposed since the last time. */
  follow(): Promise<void>;
  /** What it has said so far; null: nothing shadows. */
  report(tenant: string): Promise<ShadowReport | null>;
}

const pageSize = 50;
const mostCases = 100;
/** How long a call may take from its row's time until the row is there. */
const slowestCommitMs = 60_000;

export function createShadow({
  db,
  tenant,
  agents,
  log,
}: {
  db: Database;
  tenant: string;
  agents: ReadonlyMap<string, Agent>;
  log: Log;
}): Shadow {
  let policy: Policy | null = null;
  // By agent: all before it has been judged.
  let judgedUntil = new Map<string, Date>();

  return {
    async replace(text, file = "policy.yaml") {
      if (text === null) {
        policy = null;
        return null;
      }
      const next = loadPolicy(text, file);
      for (const agent of agents.values()) withValidators(next, agent.policy().validators);
      await recordPolicy(db, tenant, next, text);
      await beginShadow(db, tenant, next.version);
      policy = next;
      judgedUntil = new Map();
      return { version: next.version };
    },

    async follow() {
      const following = policy;
      if (following === null) return;
      for (const agent of agents.values()) await followAgent(following, agent);
    },

    async report(ofTenant) {
      return policy === null ? null : readShadow(db, ofTenant, policy.version, mostCases);
    },
  };

  async function followAgent(following: Policy, agent: Agent): Promise<void> {
    const { version } = following;
    const beside = withValidators(following, agent.policy().validators);
    const { calls, now } = await unshadowedCalls(db, tenant, {
      version,
      graphId: agent.id,
      reads: beside.reads,
      since: judgedUntil.get(agent.id) ?? null,
      limit: pageSize,
    });
    const verdicts: ShadowVerdict[] = [];
    for (const call of calls) {
      verdicts.push(verdictOn(beside, call));
      // Between two calls, whatever else this process has to do.
      await turn();
    }
    await keepShadowVerdicts(db, tenant, version, verdicts);
    if (calls.length < pageSize && policy === following)
      judgedUntil.set(agent.id, new Date(now.getTime() - slowestCommitMs));
  }

  function verdictOn(beside: Policy, call: JudgedCall): ShadowVerdict {
    const { id: actionId } = call;
    try {
      const again = judgeAgain(beside, call);
      if (again.kind === "unknowable") return { actionId, outcome: "unknowable", assessment: null };
      const { assessment } = again;
      return isSameVerdict(call.assessment, assessment)
        ? { actionId, outcome: "same", assessment: null }
        : { actionId, outcome: "differs", assessment };
    } catch (error) {
      log.warn("the shadow policy could not judge a call", { actionId, error: messageOf(error) });
      return { actionId, outcome: "failed", assessment: null };
    }
  }
}
