// Every door of the server. The app mounts them, the OpenAPI file lists them.
import { assistantRoutes } from "./assistant-routes.js";
import { reviewRoutes } from "./review-routes.js";
import type { Route } from "./route.js";
import { runRoutes } from "./run-routes.js";
import { serverRoutes } from "./server-routes.js";
import { threadRoutes } from "./thread-routes.js";

export const routes = {
  ...serverRoutes,
  ...reviewRoutes,
  ...assistantRoutes,
  ...threadRoutes,
  ...runRoutes,
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
