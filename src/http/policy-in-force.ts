import { effectOf } from "../policies/tool-policy.js";
import { calendarInWords, inHours } from "../policies/calendar-words.js";
import type { Limit } from "../policies/limits.js";
import type { Rule, Tier } from "../policies/policy.js";
import type { ProposedChange } from "../review/policy-change.js";
import { unknownTools } from "../policies/unknown-tools.js";
import type { Agent } from "../runtime/agent.js";
import { hasTool } from "../runtime/has-tool.js";
import { panelToWire } from "./wire/votes.js";
import type { PolicyInForce } from "./contract/policy.js";

/**
 * @param agents all that are served here: one policy may be for several.
 * @param waiting the changes of which nothing has come yet, the oldest first.
 */
export function policyInForceToWire(
  { id: agent, ownTools, policy: inForce }: Agent,
  agents: ReadonlyMap<string, Agent>,
  waiting: readonly ProposedChange[],
): PolicyInForce {
  const policy = inForce();
  const { version, defaultTier, routing, changes } = policy;
  const concerning = waiting.filter(({ args }) => args.agents.includes(agent));
  // What was approved comes into force before what is newer.
  const change =
    concerning.find(({ review: { decision } }) => decision?.type === "approve") ?? concerning.at(-1);
  return {
    agent,
    version,
    tiers: policy.tiers.map(tierToWire),
    calendars: [...policy.calendars.values()].map((one) => ({ name: one.name, open: calendarInWords(one) })),
    defaultTier,
    rules: policy.rules.map(ruleToWire),
    facts: policy.facts.map(({ name, tools, key, as }) => ({ name, tools: [...tools], key: key.source, as })),
    limits: policy.limits.map(limitToWire),
    validators: policy.validators.map((one) => ({ name: one.name, tools: [...one.tools] })),
    tools: [...ownTools.values()].map((tool) => ({
      name: tool.name,
      reversibility: effectOf(policy, tool.name, tool).reversibility,
      readOnly: tool.readOnly,
      asks: tool.asks !== undefined,
    })),
    unknownTools: unknownTools(policy, (name) => hasTool(agents, name)).map(({ tool, rules }) => ({
      tool,
      rules: [...rules],
    })),
    routing: routing && {
      target: routing.target,
      maxError: routing.maxError,
      confidence: routing.confidence,
      tools: [...routing.tools].map(([name, promise]) => ({ name, ...promise })),
      sample: routing.sample,
      refuseBelow: routing.refuseBelow,
      bands: routing.bands.map(({ below, tier }) => ({ below, tier })),
    },
    changes: changes && { tier: changes.tier },
    waiting: change ? changeToWire(change) : null,
  };
}

function changeToWire({ review, args }: ProposedChange): PolicyInForce["waiting"] {
  const { id: reviewId, requestedBy, openedAt, tier, roles, decision, decidingUntil } = review;
  return {
    reviewId,
    version: args.to,
    by: { id: requestedBy.id, kind: requestedBy.kind },
    since: openedAt.toISOString(),
    tier,
    roles: [...roles],
    changes: args.changes,
    replay: args.replay,
    decided: decision && {
      type: decision.type === "approve" ? "approve" : "reject",
      by: { id: decision.decidedBy.id, kind: decision.decidedBy.kind },
      until: decidingUntil?.toISOString() ?? null,
    },
  };
}

function tierToWire({ name, roles, panel, deadline }: Tier): PolicyInForce["tiers"][number] {
  return {
    name,
    roles: [...roles],
    panel: panelToWire(panel),
    deadline: deadline && {
      ms: deadline.ms,
      after: deadline.after,
      hours: deadline.hours && {
        calendar: inHours(deadline.hours.calendar),
        outside: deadline.hours.outside,
      },
      extend: deadline.extend,
    },
  };
}

function limitToWire({ roles, person, currency, upTo, tools }: Limit): PolicyInForce["limits"][number] {
  return {
    roles: roles && [...roles],
    person,
    currency,
    // JSON has no number for it.
    upTo: upTo === Infinity ? null : upTo,
    tools: tools && [...tools],
  };
}

function ruleToWire(rule: Rule): PolicyInForce["rules"][number] {
  const { id, verdict, when, reason, level } = rule;
  return {
    id,
    verdict,
    when: when.source,
    tools: when.uses.tools && [...when.uses.tools],
    reason,
    level,
    tier: rule.verdict === "hold" ? rule.tier : null,
    guideline: rule.verdict === "hold" ? rule.guideline : null,
    questions: rule.verdict === "hold" ? [...rule.questions] : [],
  };
}
