// Checks in TypeScript, beside the rules: for what the rule language cannot say. Like a rule, one that cannot be decided
// holds the call; none can let a call run.
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { isJsonObject, type Json, type JsonObject } from "../kernel/json.js";
import { knownFacts, type Evidence, type KnownFacts } from "./evidence.js";
import { builtInReasons } from "./policy.js";
import { isToolName, spelledOut } from "./tool-name.js";
import { riskLevels, type RiskLevel } from "./words.js";

export interface ValidatorDefinition {
  /** Kebab-case. Stands with the reason, where reviewers read it. */
  name: string;
  /** The calls it looks at. */
  tools: readonly string[];
  /** The tools whose earlier results it reads; of others nothing is fetched. */
  reads?: readonly string[];
  /** Pure and quick: it runs each time the call is judged. Null: nothing speaks against it. */
  check(given: ValidatorInput): Objection | null;
}

export interface ValidatorInput {
  readonly call: { readonly tool: string; readonly args: JsonObject };
  readonly facts: KnownFacts;
  /** What the person wrote in this thread, the newest last. Null: not known. */
  readonly words: readonly string[] | null;
  /** By the database's clock. Null: not known. */
  readonly now: Date | null;
}

export interface Objection {
  /** A sentence for the reviewer, and where it denies, for the agent. */
  reason: string;
  verdict: "hold" | "deny";
  /** Who decides; where it is left out, the policy's default tier. */
  tier?: string;
  /** May only raise. */
  level?: RiskLevel;
}

export interface Validator extends Required<ValidatorDefinition> {}

/**
 * Declares a check. Throws `options_invalid` where its name or a tool's is none.
 *
 * @example
 * const knownOrder = defineValidator({
 *   name: "known-order",
 *   tools: ["issue_refund"],
 *   reads: ["look_up_order"],
 *   check: ({ call, facts }) =>
 *     facts.newest("look_up_order", { orderId: call.args.orderId })
 *       ? null
 *       : { verdict: "hold", reason: "The agent has not looked at this order." },
 * });
 */
export function defineValidator({ name, tools, reads = [], check }: ValidatorDefinition): Validator {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw invalid(`A validator's name is written in kebab-case, such as known-order, and not "${name}".`);
  if (builtInReasons.some((taken) => taken === name))
    throw invalid(`The name "${name}" is taken by a built-in check. Choose another.`);
  if (tools.length === 0) throw invalid(`The validator "${name}" names no tool, so it would check nothing.`);
  const wrong = [...tools, ...reads].find((tool) => !isToolName(tool));
  if (wrong !== undefined)
    throw invalid(`The validator "${name}" names a tool "${spelledOut(wrong)}", and none can be called so.`);
  return Object.freeze({ name, tools: [...tools], reads: [...reads], check });
}

export type Checked = { ok: true; objection: Objection | null } | { ok: false; why: string };

export function runValidator(
  { check }: Validator,
  { tool, args }: ValidatorInput["call"],
  evidence: Evidence,
): Checked {
  try {
    // A copy: what is judged is what was hashed, whatever a check does to it.
    const call = { tool, args: copyOf(args) };
    const given: unknown = check({
      call,
      facts: knownFacts(evidence),
      words: evidence.words,
      now: evidence.now,
    });
    if (given === null) return { ok: true, objection: null };
    return isObjection(given)
      ? { ok: true, objection: given }
      : { ok: false, why: "it gave neither null nor a reason with a verdict" };
  } catch (error) {
    return { ok: false, why: messageOf(error).slice(0, 300) };
  }
}

/** What is JSON already: a fraction of what `structuredClone` takes. */
function copyOf(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, copyOfValue(value)]));
}

function copyOfValue(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map(copyOfValue) : copyOf(value);
}

function isObjection(given: unknown): given is Objection {
  const { reason, verdict, tier, level } = isJsonObject(given) ? given : {};
  return (
    typeof reason === "string" &&
    reason.trim() !== "" &&
    (verdict === "hold" || verdict === "deny") &&
    (tier === undefined || typeof tier === "string") &&
    (level === undefined || riskLevels.some((known) => known === level))
  );
}

function invalid(why: string): HoldpointError {
  return new HoldpointError("options_invalid", why);
}
