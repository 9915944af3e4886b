// What a browser may show to pages from elsewhere (CORS). It keeps pages out, not callers: those the gate knows.
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Gate } from "./gate.js";

const forgetAfterSeconds = 600;

export function crossOrigin(gate: Gate): MiddlewareHandler {
  const answer = cors({
    origin: (origin) => (gate.opensTo(origin) ? origin : null),
    // What LangGraph's clients read.
    exposeHeaders: ["content-location", "location", "retry-after", "x-pagination-total", "x-pagination-next"],
    maxAge: forgetAfterSeconds,
  });
  return (c, next) => (c.req.header("origin") === undefined ? next() : answer(c, next));
}
