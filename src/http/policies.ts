import type { RiskAssessment } from "../policies/words.js";
import type { Explained } from "../runtime/policies.js";
import type { PolicyVersion } from "../storage/policy-rows.js";
import type { JsonObject } from "../kernel/json.js";
import type { Explanation, Judgement } from "./contract/explanation.js";
import type { PolicyVersion as WireVersion } from "./contract/policy.js";
import type { policyRoutes } from "./contract/policy-routes.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { policyInForceToWire } from "./policy-in-force.js";

/** After this, what a part has found is told, and the caller asks for the next one. */
const longestPartMs = 3_000;

export function policyHandlers({
  runtime: { agents, policies, changes, shadow },
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof policyRoutes> {
  return {
    async listPolicies({ principal: { tenant }, query: { limit, after = null } }) {
      const found = await policies.versions(tenant, { limit, after });
      const last = found.at(-1);
      return {
        items: found.map(versionToWire),
        next: found.length === limit && last ? last.version : null,
      };
    },

    async getPolicy({ principal: { tenant }, params: { version } }) {
      const found = await policies.version(tenant, version);
      return { ...versionToWire(found), source: found.source };
    },

    async listPoliciesInForce({ principal: { tenant } }) {
      const waiting = await changes.waiting(tenant);
      return { items: [...agents.values()].map((agent) => policyInForceToWire(agent, agents, waiting)) };
    },

    async getShadow({ principal: { tenant } }) {
      const report = await shadow.report(tenant);
      if (report === null) return null;
      return {
        ...report,
        since: report.since.toISOString(),
        cases: report.cases.map(({ at, from, to, ...call }) => ({
          ...call,
          at: at.toISOString(),
          from: judgementToWire(from),
          to: judgementToWire(to),
        })),
      };
    },

    async explainCall({ principal: { tenant }, body }) {
      const { policy: text = null, actionId, agent = null, tool = "", args = {}, threadId = null } = body;
      const explained = await policies.explain(tenant, {
        text,
        of:
          actionId === undefined
            ? // Read as JSON, so it is.
              { kind: "call", agent, tool, args: args as JsonObject, threadId }
            : { kind: "action", actionId },
      });
      return explanationToWire(explained);
    },

    async replayPolicy({
      principal: { tenant },
      body: { policy: text = null, since = null, after = null },
      signal,
    }) {
      const end = Date.now() + longestPartMs;
      const isOver = (): boolean => signal.aborted || Date.now() >= end;
      return policies.replay(tenant, { text, since, after, isOver });
    },
  };
}

function versionToWire({ version, firstUsed, terms }: PolicyVersion): WireVersion {
  return {
    version,
    firstUsedAt: firstUsed.toISOString(),
    terms: terms.map(({ agent, since, until, by }) => ({
      agent,
      since: since.toISOString(),
      until: until?.toISOString() ?? null,
      by,
    })),
  };
}

function explanationToWire(explained: Explained): Explanation {
  const { assessment, recorded, known, seen, ...rest } = explained;
  return {
    ...rest,
    judgement: judgementToWire(assessment),
    recorded: recorded && { ...judgementToWire(recorded.assessment), at: recorded.at.toISOString() },
    seen: seen.map(({ rule, text }) => ({ rule, text })),
    known: {
      facts: known.facts,
      words: known.words && [...known.words],
      now: known.now?.toISOString() ?? null,
    },
  };
}

function judgementToWire({ route, tier, level, reasons, policyVersion }: RiskAssessment): Judgement {
  return { route, tier, level, reasons, policyVersion };
}
