import { hashJson, isJsonObject, parseJsonValue, type Json } from "../kernel/json.js";
import { readDocument, type DocumentKind } from "../yaml/document.js";
import type { Target } from "./certify.js";
import { defaultWeights, signalNames, type Weights } from "./composite.js";
import type { Calendar } from "./calendar.js";
import type { Reads } from "./evidence.js";
import type { FactDefinition } from "./facts.js";
import type { Limit } from "./limits.js";
import { onePerson, panelFrom } from "./panel.js";
import {
  hasHours,
  type AfterDeadline,
  type Deadline,
  type Guideline,
  type Policy,
  type Rule,
  type Tier,
  type ToolPolicy,
} from "./policy.js";
import { misreferencesIn } from "./references.js";
import type { Routing } from "./routing.js";
import { aboutUnknownKey, policySchema, type PolicyDocument } from "./schema.js";

/**
 * Reads a policy, or throws `policy_invalid` with every problem as `FILE:LINE:COL: message`. A policy that loads is
 * whole: its rules compile, its tiers exist, and everything it says is something this version does.
 */
export function loadPolicy(text: string, file: string): Policy {
  const { written, read } = readDocument(text, file, policyFile);
  return policyFrom(read, versionOf(parseJsonValue(written)));
}

/** What holds without a policy file: no rules, and one tier, `reviewer`, that releases what is held. */
export function emptyPolicy(): Policy {
  return policyFrom({}, versionOf({}));
}

const defaultTier: Tier = Object.freeze({
  name: "reviewer",
  roles: Object.freeze(["reviewer"]),
  deadline: null,
  panel: onePerson,
});

const policyFile: DocumentKind<typeof policySchema> = {
  schema: policySchema,
  code: "policy_invalid",
  empty:
    "An empty policy has no rules: nothing would be forbidden or held by one. If that is meant, write `rules: []`.",
  aboutUnknownKey,
  misreferences: (data) => misreferencesIn(data, [defaultTier.name]),
};

function policyFrom(document: PolicyDocument, version: string): Policy {
  const calendars = new Map(
    Object.entries(document.calendars ?? {}).map(([name, open]) => [name, Object.freeze({ name, ...open })]),
  );
  const written = Object.entries(document.tiers ?? {}).map(([name, tier]) =>
    Object.freeze({
      name,
      roles: Object.freeze(tier.roles),
      deadline: deadlineFrom(tier, calendars),
      panel: panelFrom(tier),
    }),
  );
  const tiers = written.length > 0 ? written : [defaultTier];
  const fallback = document.default?.tier ?? tiers[0]?.name ?? defaultTier.name;
  const rules = Object.freeze((document.rules ?? []).map((rule) => Object.freeze(ruleFrom(rule, fallback))));
  const facts = Object.freeze(factsReadBy(rules, document.facts ?? {}));
  return Object.freeze({
    version,
    tools: new Map(Object.entries(document.tools ?? {}).map(([name, tool]) => [name, toolFrom(tool)])),
    rules,
    facts,
    validators: Object.freeze([]),
    reads: readsOf(rules, facts, tiers),
    tiers: Object.freeze(tiers),
    defaultTier: fallback,
    routing: document.routing ? routingFrom(document.routing) : null,
    changes: document.changes ? Object.freeze({ tier: document.changes.tier }) : null,
    calendars,
    limits: Object.freeze((document.limits ?? []).map((limit) => Object.freeze(limitFrom(limit)))),
    undoMs: document.undo ?? null,
    rejectReasons: Object.freeze(document.reject_reasons ?? []),
  });
}

function limitFrom(limit: NonNullable<PolicyDocument["limits"]>[number]): Limit {
  const { roles, person, currency, up_to: upTo, tools } = limit;
  return {
    roles: roles ? Object.freeze(roles) : null,
    person: person ?? null,
    currency,
    upTo: upTo === "unlimited" ? Infinity : upTo,
    tools: tools ? Object.freeze(tools) : null,
  };
}

function factsReadBy(
  rules: readonly Rule[],
  defined: NonNullable<PolicyDocument["facts"]>,
): FactDefinition[] {
  const read = new Set(rules.flatMap(({ when }) => when.uses.facts.map(({ name }) => name)));
  return Object.entries(defined).flatMap(([name, { tool, key, as }]) =>
    read.has(name) ? [Object.freeze({ name, tools: Object.freeze([tool].flat()), key, as })] : [],
  );
}

function readsOf(rules: readonly Rule[], facts: readonly FactDefinition[], tiers: readonly Tier[]): Reads {
  return Object.freeze({
    tools: Object.freeze([...new Set(facts.flatMap(({ tools }) => tools))]),
    words: rules.some(({ when }) => when.uses.words),
    now: rules.some(({ when }) => when.uses.now) || hasHours({ tiers }),
  });
}

function routingFrom({
  signals,
  refuseBelow,
  bands,
  tools = {},
  ...rest
}: NonNullable<PolicyDocument["routing"]>): Routing {
  const promises = Object.entries(tools).map(([name, own]): [string, Target] => {
    const { maxError = rest.maxError, confidence = rest.confidence } = own;
    return [name, Object.freeze({ maxError, confidence })];
  });
  return Object.freeze({
    ...rest,
    tools: new Map(promises),
    refuseBelow: refuseBelow ?? null,
    bands: Object.freeze(bands.toSorted((a, b) => a.below - b.below)),
    weights: signals ? weightsFrom(signals) : defaultWeights,
  });
}

/** What a file does not name is not used. */
function weightsFrom(written: Partial<Record<keyof Weights, number | undefined>>): Weights {
  return Object.freeze(
    Object.fromEntries(signalNames.map((name) => [name, written[name] ?? 0])) as Record<
      keyof Weights,
      number
    >,
  );
}

/** Where nothing is said of it, silence refuses. */
function deadlineFrom(
  { respond, then = "reject", hours, outside = "wait", extend }: WrittenTier,
  calendars: ReadonlyMap<string, Calendar>,
): Deadline | null {
  if (respond === undefined) return null;
  const calendar = hours === undefined ? undefined : calendars.get(hours);
  return Object.freeze({
    ms: respond,
    after: Object.freeze(afterFrom(then)),
    hours: calendar ? Object.freeze({ calendar, outside }) : null,
    extend: extend ? Object.freeze({ ms: extend.by, times: extend.times }) : null,
  });
}

function afterFrom(then: NonNullable<WrittenTier["then"]>): AfterDeadline {
  if (then === "reject" || then === "park") return { kind: then };
  if (typeof then === "string") return { kind: "escalate", tier: then };
  const args = Object.fromEntries(Object.entries(then.args).map(([name, { source }]) => [name, source]));
  return { kind: "instead", tool: then.instead, args: Object.freeze(args) };
}

type WrittenTier = NonNullable<PolicyDocument["tiers"]>[string];

function toolFrom(tool: NonNullable<PolicyDocument["tools"]>[string]): ToolPolicy {
  return Object.freeze({
    reversibility: tool.reversibility ?? null,
    effect: tool.effect ?? null,
    level: tool.level ?? null,
    amount: tool.amount ?? null,
    currency: tool.currency ?? null,
    batch: tool.batch ?? null,
    draft: tool.draft === undefined || tool.draft === "never" ? (tool.draft ?? null) : { field: tool.draft },
    reserved: tool.reserved ?? null,
    rejectReasons: Object.freeze(tool.reject_reasons ?? []),
  });
}

function ruleFrom(rule: NonNullable<PolicyDocument["rules"]>[number], fallbackTier: string): Rule {
  const { id, when } = rule;
  const level = rule.level ?? null;
  switch (rule.verdict) {
    case "hold": {
      const reason = rule.reason ?? `The rule "${id}" asks a person to look at this call.`;
      const tier = rule.tier ?? fallbackTier;
      const guideline = rule.guideline ? guidelineFrom(rule.guideline) : null;
      const questions = Object.freeze(rule.questions ?? []);
      return { verdict: "hold", id, when, level, reason, tier, guideline, questions };
    }
    case "deny":
      return {
        verdict: "deny",
        id,
        when,
        level,
        reason: rule.reason ?? `The rule "${id}" forbids this call.`,
      };
    case "allow":
      return {
        verdict: "allow",
        id,
        when,
        level,
        reason: rule.reason ?? `The rule "${id}" lets this call run.`,
      };
    case "note":
      return {
        verdict: "note",
        id,
        when,
        level,
        reason: rule.reason ?? `The rule "${id}" is about this call.`,
      };
  }
}

function guidelineFrom({ text, link }: { text?: string | undefined; link?: string | undefined }): Guideline {
  return Object.freeze({ text: text ?? null, link: link ?? null });
}

/** Canonical JSON sorts keys, but the order of tiers is the ladder: they are hashed as a list. */
function versionOf(data: Json): string {
  if (!isJsonObject(data)) return hashJson(data);
  const said = Object.entries(data).filter(([, section]) => section !== null);
  const ordered = said.map(([key, section]): [string, Json] => {
    return [key, key === "tiers" && isJsonObject(section) ? Object.entries(section) : section];
  });
  return hashJson(Object.fromEntries(ordered));
}
