// The review API on a host's own HTTP server: LangGraph's servers mount it where `langgraph.json` names it as `http.app`.
import { Hono } from "hono";
import { HoldpointError } from "../kernel/errors.js";
import { silentLog } from "../kernel/log.js";
import type { Runtime } from "../runtime.js";
import { draftRoutes } from "./contract/draft-routes.js";
import { reviewRoutes } from "./contract/review-routes.js";
import type { Route } from "./contract/route.js";
import type { AppOptions } from "./app.js";
import { draftHandlers } from "./drafts.js";
import { loopbackGate } from "./gate.js";
import { mount, type Handler } from "./mount.js";
import { problemResponse } from "./problem.js";
import { reviewHandlers } from "./reviews.js";

/**
 * The routes under /reviews and /executions. Without a gate they answer to loopback names only, whatever the host lets
 * in.
 * @param runtime asked for at the first request, so that naming the app starts nothing.
 */
export function hostApp(
  runtime: () => Promise<Runtime>,
  {
    log = silentLog,
    gate = loopbackGate,
    heartbeatMs = 15_000,
  }: Pick<AppOptions, "log" | "gate" | "heartbeatMs"> = {},
): Hono {
  const app = new Hono();
  for (const [name, route] of Object.entries<Route>({ ...reviewRoutes, ...draftRoutes })) {
    mount(app, { gate, lookEveryMs: heartbeatMs }, route, async (call) => {
      const deps = { runtime: await runtime(), heartbeatMs };
      const handlers = { ...reviewHandlers(deps), ...draftHandlers(deps) };
      const handler = handlers[name as keyof typeof handlers] as unknown as Handler<Route>;
      return handler(call);
    });
  }
  app.onError((error) => problemResponse(error, log));
  app.all("/reviews/*", () => problemResponse(nothingHere(), log));
  return app;
}

function nothingHere(): HoldpointError {
  return new HoldpointError("not_found", "There is nothing at this path, or it is asked for in another way.");
}
