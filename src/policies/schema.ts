import { z } from "zod";
import { compileCondition, compileNumber, type Compilation, type Expression } from "./cel.js";
import { builtInReasons } from "./policy.js";
import { effectClasses, reversibilities, riskLevels } from "./words.js";

/**
 * The shape of `policy.yaml`. Unknown keys are refused everywhere: a policy that asks for something this version does
 * not do would be believed, and not kept. What one part says of another is checked in `references.ts`.
 */
const toolSchema = z.strictObject({
  reversibility: z.enum(reversibilities).optional(),
  effect: z.enum(effectClasses).optional(),
  level: z.enum(riskLevels).optional(),
  amount: expression(compileNumber).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "A currency is three capital letters, such as EUR.")
    .optional(),
  batch: z
    .union([z.literal("never"), z.strictObject({ same: z.array(z.string().min(1)).min(1) })], {
      error:
        "Write `never`, or `{ same: [account] }`: the arguments that have to be the same in all of a batch.",
    })
    .optional(),
});

const ruleSchema = z.strictObject({
  id: kebabCase("A rule's id").refine(
    (id) => !builtInReasons.some((taken) => taken === id),
    "This id is taken by a built-in check. Choose another.",
  ),
  when: expression(compileCondition),
  verdict: z.enum(["hold", "deny", "allow"]).default("hold"),
  tier: z.string().optional(),
  level: z.enum(riskLevels).optional(),
  reason: z.string().trim().min(1, "A reason says something to the reviewer.").optional(),
});

const tierSchema = z.strictObject({
  roles: z
    .array(z.string().trim().min(1, "A role has a name."))
    .min(1, "A tier without a role has nobody who could decide."),
});

const defaultSchema = z.strictObject({ tier: z.string() });

export const policySchema = z.strictObject({
  tools: z.record(z.string(), toolSchema).nullish(),
  default: defaultSchema.nullish(),
  rules: z.array(ruleSchema).nullish(),
  tiers: z.record(kebabCase("A tier"), tierSchema).nullish(),
});

export type PolicyDocument = z.output<typeof policySchema>;

/** What an unknown key has to hear, by the place it stands at. */
export function aboutUnknownKey(key: string, path: readonly PropertyKey[]): string {
  if (planned.has(key)) {
    return `"${key}" is not supported yet: this version has one decision by one person, without a deadline. Remove it.`;
  }
  return `Unknown key "${key}". Known here: ${Object.keys(shapeAt(path)).join(", ")}.`;
}

/** Keys of the design that this version would have to ignore. */
const planned = new Set(["respond", "then", "quorum", "routing"]);

function shapeAt([section, ...rest]: readonly PropertyKey[]): object {
  if (section === "default") return defaultSchema.shape;
  if (rest.length === 0) return policySchema.shape;
  if (section === "tools") return toolSchema.shape;
  return section === "rules" ? ruleSchema.shape : tierSchema.shape;
}

function expression<T>(compile: (source: string) => Compilation<T>): z.ZodType<Expression<T>, string> {
  return z.string().transform((source, context) => {
    const compilation = compile(source);
    if (compilation.ok) return compilation.expression;
    const { message, offset } = compilation;
    context.issues.push({ code: "custom", message, input: source, params: { offset } });
    return z.NEVER;
  });
}

function kebabCase(what: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, `${what} is written in kebab-case, such as big-refund.`);
}
