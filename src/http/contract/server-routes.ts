import type { Route } from "./route.js";
import { healthSchema, infoSchema, meSchema, okSchema, openApiSchema } from "./server.js";

export const serverRoutes = {
  ok: {
    method: "get",
    path: "/ok",
    group: "Server",
    for: "anybody",
    summary: "Is the process there?",
    answer: okSchema,
    problems: [],
  },
  health: {
    method: "get",
    path: "/healthz",
    group: "Server",
    for: "anybody",
    summary: "Ready: the database answers.",
    answer: healthSchema,
    problems: ["database_unavailable"],
  },
  info: {
    method: "get",
    path: "/info",
    group: "Server",
    for: "anybody",
    summary: "What this server is.",
    answer: infoSchema,
    problems: [],
  },
  me: {
    method: "get",
    path: "/me",
    group: "Server",
    summary: "Who calls, as the server knows them.",
    answer: meSchema,
    problems: [],
  },
  openApi: {
    method: "get",
    path: "/openapi.json",
    group: "Server",
    for: "anybody",
    summary: "This contract.",
    answer: openApiSchema,
    problems: [],
  },
} as const satisfies Record<string, Route>;
