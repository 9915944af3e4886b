// The support desk as `langgraph.json` names it.
import { defineAgent } from "holdpoint";
import { databaseIn } from "../environment.js";
import { supportAgent } from "./agent.js";

export const graph = defineAgent(async () => ({
  ...(await supportAgent(process.env)),
  database: databaseIn(process.env),
}));

/** The review API, for a host that mounts it (`http.app`). */
export const app = graph.app;
