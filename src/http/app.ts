// The HTTP side of a runtime: the contract's routes with their handlers, and one answer to everything that fails.
import { Hono } from "hono";
import { HoldpointError } from "../kernel/errors.js";
import { silentLog, type Log } from "../kernel/log.js";
import type { LedgerKey } from "../ledger/signature.js";
import type { WebhookOptions } from "../notify/deliver.js";
import { startOutbox } from "../notify/outbox.js";
import type { Runtime } from "../runtime.js";
import { startSealing } from "../runtime/sealing.js";
import { activityHandlers } from "./activity.js";
import { assistantHandlers } from "./assistants.js";
import { routes, type Route } from "./contract.js";
import { batchHandlers } from "./batches.js";
import { checkCronPlace, checkCronRun, startCrons } from "./cron-runs.js";
import { cronHandlers } from "./crons.js";
import { crossOrigin } from "./cross-origin.js";
import type { HttpDeps } from "./deps.js";
import { deputyHandlers } from "./deputies.js";
import { draftHandlers } from "./drafts.js";
import { ledgerHandlers } from "./ledger.js";
import { loopbackGate, type Gate } from "./gate.js";
import { metaHandlers } from "./meta.js";
import { honoPath, mount, type Handler, type Handlers } from "./mount.js";
import { policyHandlers } from "./policies.js";
import { problemResponse } from "./problem.js";
import { protocolHandlers } from "./protocol/handlers.js";
import { boardHandlers } from "./board.js";
import { autonomyHandlers } from "./autonomy.js";
import { reliabilityHandlers } from "./reliability.js";
import { reportHandlers } from "./report.js";
import { reviewHandlers } from "./reviews.js";
import { runHandlers } from "./runs.js";
import { serveSession } from "./session.js";
import { standingHandlers } from "./standing-approvals.js";
import { stopHandlers } from "./stops.js";
import { storeHandlers } from "./store.js";
import { storyHandlers } from "./story.js";
import { takingOverHandlers } from "./taking-over.js";
import { threadHandlers } from "./threads.js";
import { viewHandlers } from "./views.js";
import { serveWorkspace } from "./workspace.js";

export interface AppOptions {
  log?: Log;
  heartbeatMs?: number;
  /** Left out, only this machine is let in, and everybody on it is the one local person. */
  gate?: Gate;
  webhooks?: Partial<WebhookOptions>;
  /** Seals the ledger; left out, nobody does here. */
  ledgerKey?: LedgerKey;
}

export type Fetch = (request: Request) => Response | Promise<Response>;

/** Also begins the crons that fall due, sends webhooks and seals the ledger, for as long as the runtime works. */
export function createApp(
  runtime: Runtime,
  { log = silentLog, heartbeatMs = 15_000, gate = loopbackGate, webhooks = {}, ledgerKey }: AppOptions = {},
): Fetch {
  const deps: HttpDeps = {
    runtime,
    log,
    heartbeatMs,
    startedAt: new Date(),
    webhookHosts: webhooks.allowed ?? [],
  };
  const handlers: Handlers = {
    ...metaHandlers(deps),
    ...assistantHandlers(deps),
    ...threadHandlers(deps),
    ...runHandlers(deps),
    ...protocolHandlers(deps),
    ...reviewHandlers(deps),
    ...draftHandlers(deps),
    ...autonomyHandlers(deps),
    ...reliabilityHandlers(deps),
    ...reportHandlers({ ...deps, now: () => new Date() }),
    ...policyHandlers(deps),
    ...activityHandlers(deps),
    ...storyHandlers(deps),
    ...boardHandlers(deps),
    ...batchHandlers(deps),
    ...viewHandlers(deps),
    ...standingHandlers(deps),
    ...stopHandlers(deps),
    ...deputyHandlers(deps),
    ...takingOverHandlers(deps),
    ...storeHandlers(deps),
    ...ledgerHandlers({ ...deps, ledgerKey: ledgerKey ?? null, now: () => new Date() }),
    ...cronHandlers({
      ...deps,
      checkRun: checkCronRun(deps),
      checkPlace: checkCronPlace(deps),
      now: () => new Date(),
    }),
  };
  runtime.hearRoles(gate.rolesOfNow);
  startCrons(deps);
  startOutbox(runtime, log, webhooks);
  if (ledgerKey) startSealing(runtime, ledgerKey);

  const app = new Hono();
  app.use(crossOrigin(gate));
  const door = { gate, lookEveryMs: heartbeatMs };
  for (const [name, route] of Object.entries<Route>(routes)) {
    mount(app, door, route, handlers[name as keyof Handlers] as Handler<Route>);
  }
  serveSession(app, gate);
  serveWorkspace(app);
  app.notFound((c) => problemResponse(noSuchRoute(c.req.method, c.req.path), log));
  app.onError((error) => problemResponse(error, log));
  return (request) => app.fetch(request);
}

/** Nothing stands at this path, or something that is asked for in another way. */
function noSuchRoute(method: string, path: string): HoldpointError {
  const allowed = Object.values<Route>(routes).flatMap((route) =>
    matches(honoPath(route), path) ? [route.method.toUpperCase()] : [],
  );
  if (allowed.length === 0) {
    return new HoldpointError(
      "not_found",
      `There is nothing at ${path}. GET /openapi.json lists what there is.`,
    );
  }
  const methods = [...new Set(allowed)].join(", ");
  return new HoldpointError("method_not_allowed", `${path} does not take ${method}, but ${methods}.`, {
    details: { allowed: methods },
  });
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(":") || part === given[index])
  );
}
