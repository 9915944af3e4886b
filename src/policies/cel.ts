import {
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
  type ParseResult,
} from "@marcbachmann/cel-js";
import { messageOf } from "../kernel/errors.js";
import { parseJsonValue, type Json } from "../kernel/json.js";
import { adviceAt, adviceOnTypes, wordAt } from "./cel-advice.js";
import { language, variables } from "./cel-language.js";
import { refusalOf, usesMacro } from "./cel-limits.js";
import { usesOf, type Uses } from "./cel-uses.js";
import type { ReadableFacts } from "./readable-facts.js";

/**
 * The rule language: CEL, compiled and type-checked when the policy loads, so that a misspelt variable is the
 * author's error and not a reviewer's riddle. What is left to fail while a call waits fails as data, never as a throw.
 */
export type Compilation<T> =
  | { ok: true; expression: Expression<T> }
  | { ok: false; message: string; /** Where in the source, in characters. */ offset: number };

export type Expression<T> = ((facts: ReadableFacts) => Evaluation<T>) & {
  /** As it was written. */
  readonly source: string;
  readonly uses: Uses;
};
export type Evaluation<T> = { ok: true; value: T } | { ok: false; why: string };

export function compileCondition(source: string): Compilation<boolean> {
  return compile(source, condition);
}

/** As a condition, of the call alone. */
export function compileCallCondition(source: string): Compilation<boolean> {
  return compile(source, { ...condition, isOfTheCallAlone: true });
}

export function compileNumber(source: string): Compilation<number> {
  return compile(source, {
    accepts: (type) => ["int", "double", "dyn"].includes(type),
    wanted: "a number",
    convert(value) {
      const number = typeof value === "bigint" ? Number(value) : value;
      return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    },
    isOfTheCallAlone: true,
  });
}

/** Reads a key off the arguments of a call. */
export function compileKey(source: string): Compilation<string> {
  return compile(source, {
    accepts: (type) => type === "string" || type === "dyn",
    wanted: "a text",
    convert: (value) => (typeof value === "string" ? value : undefined),
    isOfTheCallAlone: true,
  });
}

/** Any JSON, made of a call. */
export function compileJson(source: string): Compilation<Json> {
  return compile(source, {
    accepts: () => true,
    wanted: "JSON",
    convert: jsonOf,
    isOfTheCallAlone: true,
  });
}

/** Undefined where it is none. CEL counts in bigints, and its maps may be Maps. */
function jsonOf(value: unknown): Json | undefined {
  try {
    return parseJsonValue(plainOf(value));
  } catch {
    return undefined;
  }
}

function plainOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Map) return plainOf(Object.fromEntries(value));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}

interface Result<T> {
  accepts: (type: string) => boolean;
  wanted: string;
  convert: (value: unknown) => T | undefined;
  /** It may not look at what came before the call. */
  isOfTheCallAlone?: boolean;
}

const condition: Result<boolean> = {
  accepts: (type) => type === "bool",
  wanted: "true or false (for an argument, write `args.urgent == true`)",
  convert: (value) => (typeof value === "boolean" ? value : undefined),
};

const maxSourceLength = 4_000;

function compile<T>(source: string, result: Result<T>): Compilation<T> {
  if (source.length > maxSourceLength) {
    const message = `This expression has ${source.length} characters; ${maxSourceLength} is the most. Split the rule.`;
    return { ok: false, message, offset: 0 };
  }
  try {
    const program = language.parse(source);
    const refusal = refusalOf(program.ast);
    if (refusal) return { ok: false, ...refusal };
    const found = usesOf(program.ast);
    if (!found.ok) return found;
    const { uses } = found;
    if (result.isOfTheCallAlone && (uses.words || uses.now || uses.facts.length > 0)) {
      const message = "This is read off the call alone: tool and args, and no facts, words or time.";
      return { ok: false, message, offset: 0 };
    }
    const checked = program.check();
    if (!checked.valid) return compileFailure(checked.error, source);
    const type = checked.type ?? "dyn";
    if (!result.accepts(type)) {
      return { ok: false, message: `This gives ${type}; it has to give ${result.wanted}.`, offset: 0 };
    }
    return { ok: true, expression: expressionOf(program, source, uses, result) };
  } catch (error) {
    return compileFailure(error, source);
  }
}

function expressionOf<T>(program: ParseResult, source: string, uses: Uses, result: Result<T>): Expression<T> {
  const goesThroughLists = usesMacro(program.ast);
  const evaluate = (facts: ReadableFacts): Evaluation<T> => {
    try {
      const given: unknown = program(goesThroughLists ? facts.short() : facts.plain);
      const value = result.convert(given);
      return value === undefined
        ? { ok: false, why: `it did not give ${result.wanted}` }
        : { ok: true, value };
    } catch (error) {
      return { ok: false, why: shortened(whyItFailed(error, source), 300) };
    }
  };
  return Object.assign(evaluate, { source, uses });
}

function whyItFailed(error: unknown, source: string): string {
  if (!(error instanceof EvaluationError)) return messageOf(error);
  const { node, code } = error;
  if (node === undefined) return error.summary;
  const place = source.slice(node.start, node.end);
  const isMissing = code === "no_such_key" || code === "index_out_of_bounds";
  return isMissing ? `${place} is missing` : `${plainTypes(error.summary)} in "${place}"`;
}

function compileFailure(error: unknown, source: string): { ok: false; message: string; offset: number } {
  if (error instanceof ParseError || error instanceof CelTypeError) {
    const offset = error.range?.start ?? 0;
    const [seen, advice] =
      error instanceof ParseError
        ? [unreadable(error, source), adviceAt(source, offset)]
        : [plainTypes(error.summary), adviceOn(error)];
    return { ok: false, message: `${[seen, ...(advice === null ? [] : [advice])].join(". ")}.`, offset };
  }
  // Seen so far: a RangeError, from thousands of nested operators.
  return { ok: false, message: `This expression cannot be read: ${messageOf(error)}.`, offset: 0 };
}

function unreadable({ code, summary, range }: ParseError, source: string): string {
  const word = code === "unexpected_character" && range ? wordAt(source, range.start) : null;
  return word === null ? summary : `Unexpected word: ${word}`;
}

function adviceOn({ code, summary }: CelTypeError): string | null {
  return code === "unknown_variable"
    ? `A rule knows ${variables.join(", ")}; a text stands in quotes`
    : adviceOnTypes(summary);
}

/** The library says `dyn<double>` where people say double. */
function plainTypes(summary: string): string {
  return summary.replaceAll(/dyn<(\w+)>/g, "$1");
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
