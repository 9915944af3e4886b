import { z } from "zod";
import {
  compileCondition,
  compileJson,
  compileKey,
  compileNumber,
  type Compilation,
  type Expression,
} from "./cel.js";
import { signalNames, type SignalName } from "./composite.js";
import { calendarShape, calendarSchema, holidaysSchema } from "./calendar-schema.js";
import { builtInReasons, outsides } from "./policy.js";
import { isToolName, spelledOut } from "./tool-name.js";
import { effectClasses, reservedCategories, reversibilities, riskLevels } from "./words.js";

const currency = z.string().regex(/^[A-Z]{3}$/, "A currency is three capital letters, such as EUR.");

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
  currency: currency.optional(),
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
  reserved: z.enum([...reservedCategories, "never"]).optional(),
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
  verdict: z.enum(["hold", "deny", "allow", "note"]).default("hold"),
  tier: z.string().optional(),
  level: z.enum(riskLevels).optional(),
  reason: z.string().trim().min(1, "A reason says something to the reviewer.").optional(),
  // A text alone is the whole guideline.
  guideline: z
    .preprocess((said) => (typeof said === "string" ? { text: said } : said), guidelineSchema)
    .optional(),
  questions: questions.optional(),
});

const factSchema = z.strictObject({
  tool: z.union([toolName(), z.array(toolName()).min(1)], {
    error: "Name the tool whose results are read, or a list of tools that answer alike.",
  }),
  key: expression(compileKey),
  as: z.enum(["json", "text"]).default("json"),
});

const longestUndoMs = 60_000;
const longestDeadlineMs = 30 * 24 * 3_600_000;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smh]$/, "A duration is a number with s, m or h, such as 10s.")
  .transform((written) => Number.parseInt(written, 10) * unitMs[written.slice(-1) as keyof typeof unitMs]);

const extendSchema = z.strictObject({
  by: duration.refine((ms) => ms <= longestDeadlineMs, "At most 30 days (720h) are added at once."),
  times: z
    .int()
    .min(1, "Left out, nobody has more time.")
    .max(20, "At most 20 times: then it goes on, or ends."),
});

const insteadSchema = z.strictObject({
  instead: toolName(),
  args: z.record(z.string().min(1), expression(compileJson)).default({}),
});

/** Read by hand, since a union would not say what is wrong inside of it. */
const thenSchema = z.unknown().transform((said, context): string | z.output<typeof insteadSchema> => {
  if (typeof said === "string") return said;
  const read = insteadSchema.safeParse(said, {
    error: ({ code, path }) =>
      code === "invalid_type" && (path ?? []).length === 0
        ? "Write a higher tier, reject, park, or { instead: TOOL, args: { … } }."
        : undefined,
  });
  if (read.success) return read.data;
  for (const issue of read.error.issues) {
    const { path, message } = issue;
    context.issues.push(
      issue.code === "unrecognized_keys"
        ? { code: issue.code, keys: issue.keys, path, input: said as Record<string, unknown> }
        : {
            code: "custom",
            message,
            path,
            input: said,
            params: issue.code === "custom" ? { ...issue.params } : {},
          },
    );
  }
  return z.NEVER;
});

const tierSchema = z.strictObject({
  roles: z
    .array(z.string().trim().min(1, "A role has a name."))
    .min(1, "A tier without a role has nobody who could decide."),
  respond: duration
    .refine((ms) => ms <= longestDeadlineMs, "A tier answers within 30 days (720h) at most.")
    .optional(),
  // oxlint-disable-next-line unicorn/no-thenable -- the policy file's own word; nothing awaits what is read here.
  then: thenSchema.optional(),
  hours: z.string().optional(),
  outside: z
    .enum(outsides, {
      error:
        "Write `wait`: its clock stands still where nobody is there; or `then`: what comes after silence comes at once.",
    })
    .optional(),
  extend: extendSchema.optional(),
  quorum: people(9).optional(),
  of: people(99).optional(),
  four_eyes: z.boolean().optional(),
  blind: z.boolean().optional(),
  in_turn: z.boolean().optional(),
  veto: z
    .array(z.string().trim().min(1, "A role has a name."))
    .min(1, "Name the roles whose no is enough.")
    .optional(),
  split: z.string().optional(),
});

function people(most: number): z.ZodInt {
  const why = `Write how many people: 1 to ${most}.`;
  return z.int(why).min(1, why).max(most, why);
}

const defaultSchema = z.strictObject({ tier: z.string() });
const changesSchema = z.strictObject({ tier: z.string() });

const limitSchema = z
  .strictObject({
    roles: z.array(z.string().trim().min(1, "A role has a name.")).min(1, "Name the roles.").optional(),
    person: z.string().trim().min(1, "A person has an id.").optional(),
    currency,
    up_to: z.union([z.number().min(0), z.literal("unlimited")], {
      error: "Write an amount, such as 500, or `unlimited`.",
    }),
    tools: z.array(toolName()).min(1, "Name the tools, or leave it out for all of them.").optional(),
  })
  .refine(
    ({ roles, person }) => (roles === undefined) !== (person === undefined),
    "A limit is for `roles` or for one `person`: write one of the two.",
  );

const share = z.number().min(0).max(1);

const between0and1 = (what: string) =>
  z.number().gt(0, `${what} lies between 0 and 1.`).lt(1, `${what} lies between 0 and 1.`);

const bandSchema = z.strictObject({ below: share, tier: z.string() });

const weight = z.number().min(0, "A weight is 0 (not used) or more.").optional();
const weightsSchema = z.strictObject(
  Object.fromEntries(signalNames.map((name) => [name, weight])) as Record<SignalName, typeof weight>,
);

const aboutTarget = "Write the share that people are to see as 0.05..0.15.";

const maxError = between0and1("The share of what may be wrong");
const confidence = z.number().min(0.5, "A promise that holds less often than not is none.").lt(1);

const promiseSchema = z
  .strictObject({ maxError: maxError.optional(), confidence: confidence.optional() })
  .refine(
    (promise) => promise.maxError !== undefined || promise.confidence !== undefined,
    "Write what is promised of this tool otherwise: `maxError`, `confidence`, or both.",
  );

const routingSchema = z.strictObject({
  target: z
    .string({ error: aboutTarget })
    .regex(/^(0|0?\.\d+|1)\.\.(0|0?\.\d+|1)$/, aboutTarget)
    .transform((written) => {
      const [from = 0, to = 1] = written.split(/(?<=\d)\.\.(?=[\d.])/).map(Number);
      return { from, to };
    })
    .refine(({ from, to }) => from <= to, "The lower share stands first.")
    .default({ from: 0.05, to: 0.15 }),
  maxError: maxError.default(0.05),
  confidence: confidence.default(0.9),
  tools: z.record(toolName(), promiseSchema).optional(),
  sample: share
    .min(
      0.01,
      "At least one in a hundred is shown to a person: without it nobody would see that errors rise.",
    )
    .default(0.1),
  refuseBelow: share.optional(),
  bands: z.array(bandSchema).default([]),
  signals: weightsSchema
    .refine(
      (weights) =>
        Object.entries(weights).some(
          ([name, weight]) => name !== "confidence" && weight !== undefined && weight > 0,
        ),
      "A model's own word alone is no score: name another signal with a weight above 0.",
    )
    .optional(),
});

export const policySchema = z.strictObject({
  tools: z.record(toolName(), toolSchema).nullish(),
  default: defaultSchema.nullish(),
  rules: z.array(ruleSchema).nullish(),
  tiers: z.record(kebabCase("A tier"), tierSchema).nullish(),
  calendars: z.record(kebabCase("A calendar"), calendarSchema).nullish(),
  facts: z.record(factName(), factSchema).nullish(),
  undo: duration
    .refine(
      (ms) => ms <= longestUndoMs,
      "A decision may be taken back for at most 60s: until then nothing happens.",
    )
    .nullish(),
  reject_reasons: rejectReasons.nullish(),
  routing: routingSchema.nullish(),
  changes: changesSchema.nullish(),
  limits: z.array(limitSchema).nullish(),
});

export type PolicyDocument = z.output<typeof policySchema>;

/** What an unknown key has to hear, by the place it stands at. */
export function aboutUnknownKey(key: string, path: readonly PropertyKey[]): string {
  return `Unknown key "${key}". Known here: ${Object.keys(shapeAt(path)).join(", ")}.`;
}

function shapeAt([section, ...rest]: readonly PropertyKey[]): object {
  if (section === "default") return defaultSchema.shape;
  if (section === "changes") return changesSchema.shape;
  if (section === "routing") return routingShapeAt(rest);
  if (rest.length === 0) return policySchema.shape;
  if (section === "tools") return toolSchema.shape;
  if (section === "limits") return limitSchema.shape;
  if (section === "facts") return factSchema.shape;
  if (section === "tiers") return tierShapeAt(rest);
  if (section === "calendars") return rest[1] === "holidays" ? holidaysSchema.shape : calendarShape;
  return rest[1] === "guideline" ? guidelineSchema.shape : ruleSchema.shape;
}

function tierShapeAt([, part]: readonly PropertyKey[]): object {
  if (part === "extend") return extendSchema.shape;
  return part === "then" ? insteadSchema.shape : tierSchema.shape;
}

function routingShapeAt([part]: readonly PropertyKey[]): object {
  if (part === "bands") return bandSchema.shape;
  if (part === "tools") return promiseSchema.shape;
  return part === "signals" ? weightsSchema.shape : routingSchema.shape;
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

function toolName(): z.ZodString {
  return z.string().refine(isToolName, {
    error: ({ input }) =>
      `No tool can be called "${spelledOut(String(input))}": a name has 1 to 64 letters (a to z), digits, _ or -.`,
  });
}

/** A rule writes it after a dot. */
function factName(): z.ZodString {
  return z
    .string()
    .regex(
      /^[a-z][A-Za-z0-9_]{0,63}$/,
      "A fact is named as in facts.reservation: letters, digits and _, a small letter first.",
    );
}

function kebabCase(what: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, `${what} is written in kebab-case, such as big-refund.`);
}
