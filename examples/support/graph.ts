// The support desk as `langgraph.json` names it.
import { defineAgent, type DatabaseOptions } from "holdpoint";
import { supportAgent } from "./agent.js";

export const graph = defineAgent(async () => ({
  ...(await supportAgent(process.env)),
  database: databaseOf(process.env),
}));

/** The review API, for a host that mounts it (`http.app`). */
export const app = graph.app;

function databaseOf(environment: Record<string, string | undefined>): DatabaseOptions {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, HOLDPOINT_HOME: home } = environment;
  return url ? { url, ...(directUrl ? { directUrl } : {}) } : { home: home || ".holdpoint" };
}
