// From a route of the contract and its handler to an endpoint: everything that comes in is parsed here, once.
import type { Context, Hono } from "hono";
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import { readJson, refuseBody } from "./body.js";
import type { Route } from "./contract/route.js";
import type { Gate } from "./gate.js";
import type { Routes } from "./contract/routes.js";
import { isStillIn, whileAdmitted, type Rights } from "./while-admitted.js";

type Parsed<R, Part extends string> = R extends { readonly [K in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** A request that has the shape its route asks for. */
export interface Call<R extends Route = Route> {
  principal: Principal;
  params: Parsed<R, "params">;
  query: Parsed<R, "query">;
  headers: Parsed<R, "headers">;
  body: Parsed<R, "body">;
  /** Aborted when the client goes away, or is let in no more. */
  signal: AbortSignal;
  /** For what takes its time: would the caller still be let in? */
  isStillIn(): Promise<boolean>;
}

/** Answers with what the contract promises, or with a response of its own (a stream). Refusals are thrown. */
export type Handler<R extends Route> = (
  call: Call<R>,
) => Promise<z.input<R["answer"]> | Response> | z.input<R["answer"]>;
export type HandlersOf<Doors extends Record<string, Route>> = { [N in keyof Doors]: Handler<Doors[N]> };
export type Handlers<Name extends keyof Routes = keyof Routes> = HandlersOf<Pick<Routes, Name>>;

export function mount<R extends Route>(
  app: Hono,
  { gate, lookEveryMs }: Door,
  route: R,
  handler: Handler<R>,
): void {
  const need = route.for ?? "caller";
  app.on(route.method.toUpperCase(), honoPath(route), async (c) => {
    const request = c.req.raw;
    const principal = await gate.admit(request, need);
    const over = new AbortController();
    const rights: Rights = {
      isStillIn: () => gate.isStillIn(request, need, principal),
      now: Date.now,
      isOver: () => over.abort(),
    };
    const answer = await handler(await callOf(route, c, principal, { over: over.signal, rights }));
    if (answer instanceof Response)
      return isStream(answer) ? whileAdmitted(answer, { ...rights, everyMs: lookEveryMs }) : answer;
    return route.status === 204 ? new Response(null, { status: 204 }) : Response.json(answer);
  });
}

export interface Door {
  gate: Pick<Gate, "admit" | "isStillIn">;
  /** How often whoever hears a stream is asked about again. */
  lookEveryMs: number;
}

function isStream(answer: Response): boolean {
  return answer.headers.get("content-type") === "text/event-stream";
}

/** A parameter that nobody reads is refused like any other: its caller would take it for heard. */
const noQuery = z.strictObject({});

export function honoPath(route: Route): string {
  return route.path.replaceAll(/\{(\w+)\}/g, ":$1");
}

async function callOf<R extends Route>(
  route: R,
  c: Context,
  principal: Principal,
  { over, rights }: { over: AbortSignal; rights: Rights },
): Promise<Call<R>> {
  const request = c.req.raw;
  const sent = route.body ? await readJson(request) : await refuseBody(request);
  const call = {
    principal,
    params: route.params && parseParams(route.params, c),
    query: parse(route.query ?? noQuery, "query", queryOf(c)),
    headers: route.headers && parse(route.headers, "header", headersOf(route.headers, request)),
    body: route.body && parse(route.body, "", sent),
    get signal() {
      return AbortSignal.any([request.signal, over]);
    },
    isStillIn: () => isStillIn(rights),
  };
  return call as Call<R>;
}

/** An id that cannot be one names nothing, so it is not found rather than malformed. */
function parseParams(schema: z.ZodObject, c: Context): unknown {
  const given = c.req.param();
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HoldpointError("not_found", `There is nothing at ${c.req.path}.`);
}

function parse(schema: z.ZodType, where: string, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: [...(where === "" ? [] : [where]), ...path.map(String)].join("."),
    message,
  }));
  const text = errors.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  throw new HoldpointError("request_invalid", `The request has the wrong shape. ${text}.`, {
    details: { errors },
  });
}

function queryOf(c: Context): Record<string, string | string[]> {
  const entries = Object.entries(c.req.queries());
  return Object.fromEntries(
    entries.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

function headersOf(schema: z.ZodObject, request: Request): Record<string, string> {
  const names = Object.keys(schema.shape);
  return Object.fromEntries(
    names.flatMap((name) => (request.headers.has(name) ? [[name, request.headers.get(name) ?? ""]] : [])),
  );
}
