import { hashJson, isJsonObject, parseJsonValue, type Json } from "../kernel/json.js";
import { readDocument, type DocumentKind } from "../yaml/document.js";
import type { AfterDeadline, Deadline, Guideline, Policy, Rule, Tier, ToolPolicy } from "./policy.js";
import { misreferencesIn } from "./references.js";
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
  const written = Object.entries(document.tiers ?? {}).map(([name, { roles, respond, then }]) =>
    Object.freeze({ name, roles: Object.freeze(roles), deadline: deadlineFrom(respond, then) }),
  );
  const tiers = written.length > 0 ? written : [defaultTier];
  const fallback = document.default?.tier ?? tiers[0]?.name ?? defaultTier.name;
  return Object.freeze({
    version,
    tools: new Map(Object.entries(document.tools ?? {}).map(([name, tool]) => [name, toolFrom(tool)])),
    rules: Object.freeze((document.rules ?? []).map((rule) => Object.freeze(ruleFrom(rule, fallback)))),
    tiers: Object.freeze(tiers),
    defaultTier: fallback,
    undoMs: document.undo ?? null,
    rejectReasons: Object.freeze(document.reject_reasons ?? []),
  });
}

/** Where nothing is said of it, silence refuses. */
function deadlineFrom(ms: number | undefined, then = "reject"): Deadline | null {
  if (ms === undefined) return null;
  const after: AfterDeadline =
    then === "reject" || then === "park" ? { kind: then } : { kind: "escalate", tier: then };
  return Object.freeze({ ms, after: Object.freeze(after) });
}

function toolFrom(tool: NonNullable<PolicyDocument["tools"]>[string]): ToolPolicy {
  return Object.freeze({
    reversibility: tool.reversibility ?? null,
    effect: tool.effect ?? null,
    level: tool.level ?? null,
    amount: tool.amount ?? null,
    currency: tool.currency ?? null,
    batch: tool.batch ?? null,
    draft: tool.draft === undefined || tool.draft === "never" ? (tool.draft ?? null) : { field: tool.draft },
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
