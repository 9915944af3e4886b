import { z } from "zod";
import { compileCondition, compileNumber, type Compilation, type Expression } from "./cel.js";
import { builtInReasons } from "./policy.js";
import { effectClasses, reversibilities, riskLevels } from "./words.js";

const rejectReasons = z
  .array(z.string().trim().min(1, "A reason to reject says something to the agent.").max(500))
  .max(9, "There are nine number keys: name at most nine reasons to reject.");

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
  draft: z
    .string({
      error: "Name the argument that carries the words, such as `draft: body`, or write `draft: never`.",
    })
    .min(1)
    .optional(),
  reject_reasons: rejectReasons.optional(),
});

const guidelineSchema = z
  .strictObject({
    text: z.string().trim().min(1, "A guideline says something to the reviewer.").max(2_000).optional(),
    link: z.url({ protocol: /^https?$/, error: "A link is a web address, such as https://…" }).optional(),
  })
  .refine(
    ({ text, link }) => text !== undefined || link !== undefined,
    "A guideline has a text, a link, or both.",
  );

const questions = z
  .array(
    z
      .string()
      .trim()
      .min(1, "A question asks something.")
      .max(200, "A question is short: at most 200 characters."),
  )
  .max(5, "Whoever decides answers at most five questions of a rule.")
  .refine((all) => new Set(all).size === all.length, "A question stands there twice.");

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
  // A text alone is the whole guideline.
  guideline: z
    .preprocess((said) => (typeof said === "string" ? { text: said } : said), guidelineSchema)
    .optional(),
  questions: questions.optional(),
});

const longestUndoMs = 60_000;
const longestDeadlineMs = 30 * 24 * 3_600_000;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smh]$/, "A duration is a number with s, m or h, such as 10s.")
  .transform((written) => Number.parseInt(written, 10) * unitMs[written.slice(-1) as keyof typeof unitMs]);

const tierSchema = z.strictObject({
  roles: z
    .array(z.string().trim().min(1, "A role has a name."))
    .min(1, "A tier without a role has nobody who could decide."),
  respond: duration
    .refine((ms) => ms <= longestDeadlineMs, "A tier answers within 30 days (720h) at most.")
    .optional(),
  // oxlint-disable-next-line unicorn/no-thenable -- the policy file's own word; nothing awaits what is read here.
  then: z.string().optional(),
});

const defaultSchema = z.strictObject({ tier: z.string() });

export const policySchema = z.strictObject({
  tools: z.record(z.string(), toolSchema).nullish(),
  default: defaultSchema.nullish(),
  rules: z.array(ruleSchema).nullish(),
  tiers: z.record(kebabCase("A tier"), tierSchema).nullish(),
  undo: duration
    .refine(
      (ms) => ms <= longestUndoMs,
      "A decision may be taken back for at most 60s: until then nothing happens.",
    )
    .nullish(),
  reject_reasons: rejectReasons.nullish(),
});

export type PolicyDocument = z.output<typeof policySchema>;

/** What an unknown key has to hear, by the place it stands at. */
export function aboutUnknownKey(key: string, path: readonly PropertyKey[]): string {
  if (planned.has(key)) {
    return `"${key}" is not supported yet: this version has one decision by one person. Remove it.`;
  }
  return `Unknown key "${key}". Known here: ${Object.keys(shapeAt(path)).join(", ")}.`;
}

/** Keys of the design that this version would have to ignore. */
const planned = new Set(["quorum", "routing"]);

function shapeAt([section, ...rest]: readonly PropertyKey[]): object {
  if (section === "default") return defaultSchema.shape;
  if (rest.length === 0) return policySchema.shape;
  if (section === "tools") return toolSchema.shape;
  if (section === "tiers") return tierSchema.shape;
  return rest[1] === "guideline" ? guidelineSchema.shape : ruleSchema.shape;
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
