// Every door of the server. The app mounts them, the OpenAPI file lists them.
import { activityRoutes } from "./activity.js";
import { assistantRoutes } from "./assistant-routes.js";
import { batchRoutes } from "./batch-routes.js";
import { cronRoutes } from "./cron-routes.js";
import { deputyRoutes } from "./deputies.js";
import { draftRoutes } from "./draft-routes.js";
import { ledgerRoutes } from "./ledger-routes.js";
import { policyRoutes } from "./policy-routes.js";
import { protocolRoutes } from "./protocol-routes.js";
import { autonomyRoutes } from "./autonomy.js";
import { reliabilityRoutes } from "./reliability.js";
import { reportRoutes } from "./report.js";
import { reviewRoutes } from "./review-routes.js";
import type { Route } from "./route.js";
import { runRoutes } from "./run-routes.js";
import { serverRoutes } from "./server-routes.js";
import { standingRoutes } from "./standing-approval.js";
import { stopRoutes } from "./stop.js";
import { storeRoutes } from "./store-routes.js";
import { storyRoutes } from "./story-routes.js";
import { takingOverRoutes } from "./taking-over.js";
import { threadRoutes } from "./thread-routes.js";
import { viewRoutes } from "./view-routes.js";

export const routes = {
  ...serverRoutes,
  ...reviewRoutes,
  ...draftRoutes,
  ...autonomyRoutes,
  ...reliabilityRoutes,
  ...reportRoutes,
  ...policyRoutes,
  ...ledgerRoutes,
  ...activityRoutes,
  ...storyRoutes,
  ...batchRoutes,
  ...viewRoutes,
  ...standingRoutes,
  ...stopRoutes,
  ...deputyRoutes,
  ...takingOverRoutes,
  ...assistantRoutes,
  ...threadRoutes,
  // Before the runs: /runs/crons is not a run of that name.
  ...cronRoutes,
  ...runRoutes,
  ...protocolRoutes,
  ...storeRoutes,
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
