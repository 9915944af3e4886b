import type { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { hashJson, isJsonObject, parseJsonValue, type Json } from "../kernel/json.js";
import type { Policy, Rule, Tier, ToolPolicy } from "./policy.js";
import { misreferencesIn } from "./references.js";
import { aboutUnknownKey, policySchema, type PolicyDocument } from "./schema.js";
import { readYaml, type Problem, type YamlSource } from "./yaml-source.js";

/**
 * Reads a policy, or throws `policy_invalid` with every problem as `FILE:LINE:COL: message`. A policy that loads is
 * whole: its rules compile, its tiers exist, and everything it says is something this version does.
 */
export function loadPolicy(text: string, file: string): Policy {
  const source = readYaml(text);
  if (source.problems.length > 0) throw policyInvalid(file, source.problems);
  if (source.data === null) throw policyInvalid(file, [nothingInIt]);
  const { data } = source;
  const parsed = policySchema.safeParse(data, { error: aboutMissing });
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsFrom(issue, source)),
    ...misreferencesIn(data, [defaultTier.name]).map(({ spot, message }) => ({
      ...source.locate(spot),
      message,
    })),
  ];
  if (!parsed.success || problems.length > 0) throw policyInvalid(file, problems);
  return policyFrom(parsed.data, versionOf(parseJsonValue(data)));
}

/** What holds without a policy file: no rules, and one tier, `reviewer`, that releases what is held. */
export function emptyPolicy(): Policy {
  return policyFrom({}, versionOf({}));
}

/** A file that was cut off on its way here must not take the rules out of force. */
const nothingInIt: Problem = {
  line: 1,
  col: 1,
  message:
    "An empty policy has no rules: nothing would be forbidden or held by one. If that is meant, write `rules: []`.",
};

const defaultTier: Tier = Object.freeze({ name: "reviewer", roles: Object.freeze(["reviewer"]) });

function policyFrom(document: PolicyDocument, version: string): Policy {
  const written = Object.entries(document.tiers ?? {}).map(([name, { roles }]) =>
    Object.freeze({ name, roles: Object.freeze(roles) }),
  );
  const tiers = written.length > 0 ? written : [defaultTier];
  const fallback = document.default?.tier ?? tiers[0]?.name ?? defaultTier.name;
  return Object.freeze({
    version,
    tools: new Map(Object.entries(document.tools ?? {}).map(([name, tool]) => [name, toolFrom(tool)])),
    rules: Object.freeze((document.rules ?? []).map((rule) => Object.freeze(ruleFrom(rule, fallback)))),
    tiers: Object.freeze(tiers),
    defaultTier: fallback,
  });
}

function toolFrom(tool: NonNullable<PolicyDocument["tools"]>[string]): ToolPolicy {
  return Object.freeze({
    reversibility: tool.reversibility ?? null,
    effect: tool.effect ?? null,
    level: tool.level ?? null,
    amount: tool.amount ?? null,
    currency: tool.currency ?? null,
  });
}

function ruleFrom(rule: NonNullable<PolicyDocument["rules"]>[number], fallbackTier: string): Rule {
  const { id, when } = rule;
  const level = rule.level ?? null;
  switch (rule.verdict) {
    case "hold": {
      const reason = rule.reason ?? `The rule "${id}" asks a person to look at this call.`;
      return { verdict: "hold", id, when, level, reason, tier: rule.tier ?? fallbackTier };
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

/** Canonical JSON sorts keys, but the order of tiers is the ladder: they are hashed as a list. */
function versionOf(data: Json): string {
  if (!isJsonObject(data)) return hashJson(data);
  const said = Object.entries(data).filter(([, section]) => section !== null);
  const ordered = said.map(([key, section]): [string, Json] => {
    return [key, key === "tiers" && isJsonObject(section) ? Object.entries(section) : section];
  });
  return hashJson(Object.fromEntries(ordered));
}

const aboutMissing: z.core.$ZodErrorMap = (issue) => {
  const isMissing = issue.code === "invalid_type" && issue.input === undefined;
  return isMissing ? `"${String(issue.path?.at(-1))}" is missing.` : undefined;
};

function problemsFrom(issue: z.core.$ZodIssue, { locate }: YamlSource): Problem[] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...locate({ path: [...path, key], aim: "key" }),
      message: aboutUnknownKey(key, path),
    }));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => ({ ...locate({ path, aim: "key" }), message }));
  }
  const offset: unknown = issue.code === "custom" ? issue.params?.["offset"] : 0;
  return [{ ...locate({ path, aim: "value", offset: typeof offset === "number" ? offset : 0 }), message }];
}

const mostShown = 50;

function policyInvalid(file: string, found: readonly Problem[]): HoldpointError {
  const problems = found.toSorted((a, b) => a.line - b.line || a.col - b.col);
  const lines = problems
    .slice(0, mostShown)
    .map(({ line, col, message }) => `${file}:${line}:${col}: ${message}`);
  if (problems.length > mostShown) lines.push(`${file}: and ${problems.length - mostShown} more`);
  return new HoldpointError("policy_invalid", lines.join("\n"), { details: { problems } });
}
