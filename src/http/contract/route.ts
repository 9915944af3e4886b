import { z } from "zod";
import type { ErrorCode } from "../../kernel/errors.js";

export type { ErrorCode };

/** The schemas that have a name of their own in the OpenAPI file. */
export const components = z.registry<{ id: string }>();

/**
 * Whom a door is for: anybody; every caller that is known (a guest, one without a role, reaches its own threads only);
 * those with a role; operators.
 */
export type Need = "anybody" | "caller" | "staff" | "operator";

/** One door of the server: what goes in, what comes out, what may be refused. Handlers stand elsewhere. */
export interface Route {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Parameters as `{thread_id}`. */
  readonly path: `/${string}`;
  readonly group: "LangGraph" | "Reviews" | "Server";
  readonly summary: string;
  /** `caller`, where it is left out. */
  readonly for?: Need;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Names in lower case. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** What a 200 carries, as JSON or, one event at a time, as `text/event-stream`. */
  readonly answer: z.ZodType;
  readonly streams?: true;
  /** A 200 carries JSON lines. */
  readonly lines?: true;
  /** Done, and nothing to say; `answer` is then `noAnswer`. */
  readonly status?: 204;
  /** Beside that: answered with 202 where the caller does not wait until it is done. */
  readonly accepts?: true;
  /** Refusals of its own, beside those that every door knows. */
  readonly problems: readonly ErrorCode[];
}

/** Postgres has no place for NUL and for half a surrogate pair; nothing that is named with one can exist. */
export const idSchema = z
  .string()
  .min(1)
  .max(1_000)
  .refine((id) => id.isWellFormed() && !id.includes("\0"), "is not well-formed text");

export const timeSchema = z.iso.datetime().describe("ISO 8601, UTC.");

export const noAnswer = z.void();

export const jsonObjectSchema = z.record(z.string(), z.unknown());
