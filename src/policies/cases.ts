// Tests of a policy that whoever owns the process writes: calls, what came before them, and what is to become of them.
import { z } from "zod";
import { isJsonObject, parseJsonValue, type Json, type JsonObject } from "../kernel/json.js";
import { readDocument, type DocumentKind } from "../yaml/document.js";
import type { Position, Spot } from "../yaml/source.js";
import { resultFrom, type EarlierResult } from "./evidence.js";
import { isToolName, spelledOut } from "./tool-name.js";
import { effectClasses, reversibilities, riskLevels, routes } from "./words.js";

export interface PolicyCases {
  /** What authors declare of tools. Of one that is not named here, nothing is declared: it is irreversible. */
  readonly tools: ReadonlyMap<string, CaseTool>;
  readonly cases: readonly PolicyCase[];
  locate(spot: Spot): Position;
}

export type CaseTool = z.output<typeof toolSchema>;

export interface PolicyCase {
  readonly name: string;
  readonly call: { readonly tool: string; readonly args: JsonObject };
  readonly results: readonly EarlierResult[];
  readonly words: readonly string[] | null;
  readonly now: Date | null;
  /** What is left out may be anything. */
  readonly expect: z.output<typeof expectSchema>;
}

/** Throws `policy_invalid`, one `FILE:LINE:COL: message` a line. */
export function readCases(text: string, file: string): PolicyCases {
  const { read, locate } = readDocument(text, file, casesFile);
  const given = new Map(Object.entries(read.given ?? {}));
  const calls = new Map(Object.entries(read.calls ?? {}));
  return {
    tools: new Map(Object.entries(read.tools ?? {})),
    cases: read.cases.map(({ name, call, after, words, now, expect }) => ({
      name,
      call: callOf(call, calls),
      results: after.map((one) => resultOf(one, given)),
      words: words ?? read.words ?? null,
      now: now ?? read.now ?? null,
      expect,
    })),
    locate,
  };
}

const toolName = z.string().refine(isToolName, {
  error: ({ input }) => `No tool can be called "${spelledOut(String(input))}".`,
});

const json = z.unknown().transform((value, context): Json => {
  try {
    return parseJsonValue(value);
  } catch (error) {
    context.issues.push({ code: "custom", message: String(error), input: value });
    return z.NEVER;
  }
});
const jsonObject = z.record(z.string(), json);

const toolSchema = z.strictObject({
  reversibility: z.enum(reversibilities).default("irreversible"),
  effect: z.enum(effectClasses).default("blind"),
  draft: z.string().min(1).optional(),
});

const resultSchema = z.strictObject({ tool: toolName, args: jsonObject.default({}), result: json });
type WrittenResult = z.output<typeof resultSchema>;

const callSchema = z.strictObject({ tool: toolName, args: jsonObject.default({}) });
type WrittenCall = z.output<typeof callSchema>;

/** One that has a name, with some fields (of the arguments, or of the result) other than there. */
const likeSchema = z.strictObject({ like: z.string(), but: jsonObject });
type Like = z.output<typeof likeSchema>;
const earlierSchema = z.union([z.string(), resultSchema, likeSchema], {
  error:
    "Write the name of one that stands under `given:`, or { like: NAME, but: { … } }, or { tool, args, result }.",
});

const words = z.array(z.string());
const now = z.iso
  .datetime({ offset: true, error: "A time is written as 2031-03-10T12:00:00Z." })
  .transform((text) => new Date(text));

const expectSchema = z
  .strictObject({
    route: z.enum(routes).optional(),
    tier: z.string().nullable().optional(),
    level: z.enum(riskLevels).optional(),
    rules: z.array(z.string()).optional(),
    undecided: z.array(z.string()).optional(),
  })
  .refine((expected) => Object.keys(expected).length > 0, "A case that expects nothing cannot fail.");

const caseSchema = z.strictObject({
  name: z.string().trim().min(1),
  call: z.union([z.string(), callSchema, likeSchema], {
    error:
      "Write the name of one that stands under `calls:`, or { like: NAME, but: { … } }, or { tool, args }.",
  }),
  after: z.array(earlierSchema).default([]),
  words: words.optional(),
  now: now.optional(),
  expect: expectSchema,
});

const casesSchema = z.strictObject({
  tools: z.record(toolName, toolSchema).optional(),
  given: z.record(z.string(), resultSchema).optional(),
  calls: z.record(z.string(), callSchema).optional(),
  words: words.optional(),
  now: now.optional(),
  cases: z.array(caseSchema).min(1, "There is no case in this file."),
});

const casesFile: DocumentKind<typeof casesSchema> = {
  schema: casesSchema,
  code: "policy_invalid",
  empty: "There is no case in this file: write `cases:`.",
  aboutUnknownKey: (key, path) =>
    `Unknown key "${key}". Known here: ${Object.keys(shapeAt(path)).join(", ")}.`,
  misreferences: (data) => {
    const { given, calls, cases } = outlineSchema.parse(data);
    return cases.flatMap(({ name, call, after }, index) => [
      ...(cases.slice(0, index).some((other) => other.name === name && name !== undefined)
        ? [misreference(["cases", index, "name"], `There are two cases "${name}".`)]
        : []),
      ...unknownName(call, "calls", Object.keys(calls), ["cases", index, "call"]),
      ...after.flatMap((one, at) =>
        unknownName(one, "given", Object.keys(given), ["cases", index, "after", at]),
      ),
    ]);
  },
};

function shapeAt([section, ...rest]: readonly PropertyKey[]): object {
  if (section === "tools") return toolSchema.shape;
  if (section === "given") return resultSchema.shape;
  if (section === "calls") return callSchema.shape;
  if (section !== "cases") return casesSchema.shape;
  const [, part] = rest;
  if (part === "call") return callSchema.shape;
  return part === "expect" ? expectSchema.shape : part === "after" ? resultSchema.shape : caseSchema.shape;
}

function unknownName(
  one: string | { like?: string | undefined },
  where: "given" | "calls",
  known: readonly string[],
  path: PropertyKey[],
): { spot: Spot; message: string }[] {
  const name = typeof one === "string" ? one : one.like;
  if (name === undefined || known.includes(name)) return [];
  const are = known.length === 0 ? "Nothing stands there." : `There are ${known.join(", ")}.`;
  return [misreference(path, `There is no "${name}" under \`${where}:\`. ${are}`)];
}

function misreference(path: PropertyKey[], message: string): { spot: Spot; message: string } {
  return { spot: { path, aim: "value" }, message };
}

function callOf(one: string | WrittenCall | Like, calls: ReadonlyMap<string, WrittenCall>): WrittenCall {
  const { written, but } = writtenAs(one, calls);
  return { tool: written.tool, args: { ...written.args, ...but } };
}

function resultOf(
  one: string | WrittenResult | Like,
  given: ReadonlyMap<string, WrittenResult>,
): EarlierResult {
  const { written, but } = writtenAs(one, given);
  const { tool, args, result } = written;
  const now = but === null ? result : isJsonObject(result) ? { ...result, ...but } : but;
  return resultFrom(tool, args, typeof now === "string" ? now : JSON.stringify(now));
}

function writtenAs<Written extends object>(
  one: string | Written | Like,
  named: ReadonlyMap<string, Written>,
): { written: Written; but: JsonObject | null } {
  const isLike = typeof one !== "string" && "like" in one;
  const name = typeof one === "string" ? one : isLike ? one.like : null;
  const written = name === null ? (one as Written) : named.get(name);
  if (!written) throw new Error(`"${name}" was not found to be missing.`);
  return { written, but: isLike ? one.but : null };
}

const nameOutline = z
  .union([z.string(), z.object({ like: z.string().optional().catch(undefined) })])
  .catch({});
const caseOutline = z.object({
  name: z.string().optional().catch(undefined),
  call: nameOutline,
  after: z.array(nameOutline).catch([]).default([]),
});
const outlineSchema = z.object({
  given: z.record(z.string(), z.unknown()).catch({}).default({}),
  calls: z.record(z.string(), z.unknown()).catch({}).default({}),
  cases: z
    .array(caseOutline.catch({ call: {}, after: [] }))
    .catch([])
    .default([]),
});
