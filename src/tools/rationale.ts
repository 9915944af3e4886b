// What a model says of a call of its own: why, what else it considered, how sure it is. It is asked for beside the
// arguments and taken off them again: the tool never gets it, and no hash is over it. It is the model's claim, for the
// person who decides, and releases nothing.
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../kernel/json.js";
import type { HoldpointTool } from "./tool.js";

export interface Rationale {
  why: string | null;
  alternatives: { instead: string; whyNot: string | null }[];
  /** From 0 to 1, by its own account. */
  confidence: number | null;
}

export const rationaleKey = "_rationale";

type Asked = Pick<HoldpointTool, "argsSchema" | "readOnly" | "reversibility">;

/**
 * Whether calls of a tool carry one. Of those that can be taken back only where the model's word counts for their score; nor
 * where the tool could have an argument of that name itself, which is then its own and stays.
 */
export function asksRationale({ argsSchema, readOnly, reversibility }: Asked, countsWord = false): boolean {
  return !readOnly && (countsWord || reversibility !== "reversible") && namesAll(argsSchema);
}

/** The schema of a tool's arguments as a model is shown it. */
export function schemaForModel(tool: Asked, countsWord = false): JsonObject {
  const { argsSchema } = tool;
  if (!asksRationale(tool, countsWord)) return argsSchema;
  return { ...argsSchema, properties: { ...Object(argsSchema["properties"]), [rationaleKey]: wanted } };
}

/** Takes the rationale off; the arguments keep everything else. What cannot be read is dropped. */
export function takeRationale(args: JsonObject): { args: JsonObject; rationale: Rationale | null } {
  if (!Object.hasOwn(args, rationaleKey)) return { args, rationale: null };
  const { [rationaleKey]: given, ...rest } = args;
  return { args: rest, rationale: readRationale(given) };
}

export function readRationale(given: unknown): Rationale | null {
  const { why, alternatives, confidence } = givenSchema.parse(given);
  if (why === null && alternatives.length === 0 && confidence === null) return null;
  return { why, alternatives, confidence };
}

/** A schema that leaves names open, or refers to others, may mean our name too. */
function namesAll(schema: JsonObject): boolean {
  const { type = "object", properties, additionalProperties = false } = schema;
  return (
    type === "object" &&
    properties !== undefined &&
    isJsonObject(properties) &&
    !Object.hasOwn(properties, rationaleKey) &&
    additionalProperties === false &&
    !openEnded.some((keyword) => Object.hasOwn(schema, keyword))
  );
}

const openEnded = [
  "$ref",
  "$dynamicRef",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "patternProperties",
  "propertyNames",
  "maxProperties",
  "dependentSchemas",
];

const wanted: JsonObject = {
  type: "object",
  description:
    "For the person who may have to decide on this call, and not for the tool. Say it briefly and honestly.",
  properties: {
    why: { type: "string", description: "Why this call, and why these arguments." },
    alternatives: {
      type: "array",
      description: "What else you considered.",
      items: {
        type: "object",
        properties: { instead: { type: "string" }, why_not: { type: "string" } },
        required: ["instead"],
      },
    },
    confidence: { type: "number", description: "How sure you are that this is right, from 0 to 1." },
  },
};

const mostAlternatives = 5;

const clipped = (length: number) =>
  z
    .string()
    .transform((text) => text.trim().slice(0, length) || null)
    .nullable()
    .catch(null);

const givenSchema = z
  .object({
    why: clipped(2_000),
    alternatives: z
      .array(
        z
          .object({ instead: clipped(500), why_not: clipped(1_000) })
          .nullable()
          .catch(null),
      )
      .catch([])
      .transform((given) =>
        given
          .flatMap((one) => (one?.instead ? [{ instead: one.instead, whyNot: one.why_not }] : []))
          .slice(0, mostAlternatives),
      ),
    confidence: z.number().min(0).max(1).nullable().catch(null),
  })
  .catch({ why: null, alternatives: [], confidence: null });
