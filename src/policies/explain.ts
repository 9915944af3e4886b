// Why a call is judged as it is: each rule and validator that was asked, and what it said. It looks with the same eyes as
// `assess` does; `assess` stays the one that judges.
import type { Json, JsonObject } from "../kernel/json.js";
import type { CallFacts } from "./assess.js";
import type { Evidence } from "./evidence.js";
import { factsFrom } from "./facts.js";
import type { Policy, Rule, ToolPolicy, Verdict } from "./policy.js";
import { readableOf } from "./readable-call.js";
import type { ReadableFacts } from "./readable-facts.js";
import { effectOf } from "./tool-policy.js";
import { runValidator, type Validator } from "./validator.js";
import type { EffectClass, Reversibility, RiskLevel } from "./words.js";

export interface Asked {
  id: string;
  by: "rule" | "validator";
  /** What it says where it speaks; of a validator, what it said, else null. */
  verdict: Verdict | null;
  tier: string | null;
  level: RiskLevel | null;
  /** The rule as it was written; null of a validator. */
  source: string | null;
  said: Said;
}

export type Said =
  | { kind: "matched"; reason: string }
  | { kind: "not-matched" }
  /** What it would have said is not known, so it holds the call; a note holds nothing. */
  | { kind: "undecided"; why: string };

/** In the policy's order. A validator that looks at other tools is left out. */
export function asked(policy: Policy, facts: CallFacts): Asked[] {
  const readable = readableOf(policy, facts);
  return [
    ...policy.rules.map((rule) => askedRule(rule, readable)),
    ...policy.validators
      .filter(({ tools }) => tools.includes(facts.tool))
      .map((validator) => askedValidator(validator, facts)),
  ];
}

function askedRule(rule: Rule, readable: ReadableFacts): Asked {
  const { id, verdict, level, reason } = rule;
  const matches = rule.when(readable);
  const said: Said = !matches.ok
    ? { kind: "undecided", why: matches.why }
    : matches.value
      ? { kind: "matched", reason }
      : { kind: "not-matched" };
  const tier = rule.verdict === "hold" ? rule.tier : null;
  return { id, by: "rule", verdict, tier, level, source: rule.when.source, said };
}

function askedValidator(validator: Validator, { tool, args, evidence }: CallFacts): Asked {
  const checked = runValidator(validator, { tool, args }, evidence);
  const objection = checked.ok ? checked.objection : null;
  return {
    id: validator.name,
    by: "validator",
    verdict: objection?.verdict ?? null,
    tier: objection?.tier ?? null,
    level: objection?.level ?? null,
    source: null,
    said: !checked.ok
      ? { kind: "undecided", why: checked.why }
      : objection
        ? { kind: "matched", reason: objection.reason }
        : { kind: "not-matched" },
  };
}

/** What is known to the rules beyond the call; null where no rule reads it, or it is not known. */
export interface Known {
  /** By the name that the policy gives, then by key. */
  facts: JsonObject;
  words: readonly string[] | null;
  now: Date | null;
}

export function knownTo({ facts, reads }: Policy, evidence: Evidence): Known {
  return {
    facts: factsFrom(facts, evidence),
    words: reads.words ? evidence.words : null,
    now: reads.now ? evidence.now : null,
  };
}

/** What a tool is taken for, and whose word that is. */
export interface Standing {
  reversibility: Reversibility;
  effect: EffectClass;
  /** What the policy says of the tool, without what it leaves open. */
  policy: Record<string, Json>;
}

export function standingOf(policy: Policy, tool: string, declared: CallFacts["declared"]): Standing {
  return { ...effectOf(policy, tool, declared), policy: saidOf(policy.tools.get(tool)) };
}

/** As the file has it, word by word. */
export function saidOf(tool: ToolPolicy | undefined): Record<string, Json> {
  if (!tool) return {};
  const { reversibility, effect, level, amount, currency, batch, draft, reserved, rejectReasons } = tool;
  const said: Record<string, Json | null> = {
    reversibility,
    effect,
    level,
    amount: amount?.source ?? null,
    currency,
    batch: batch === null || batch === "never" ? batch : { same: [...batch.same] },
    draft: draft === null || draft === "never" ? draft : draft.field,
    reserved,
    reject_reasons: rejectReasons.length > 0 ? [...rejectReasons] : null,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}
