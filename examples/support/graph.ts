// The support desk for a host that runs LangGraph graphs and brings its own checkpointer, as `langgraph.json` names it.
// Reviews and executions stand in Holdpoint's Postgres all the same: the rows release, whoever runs the graph.
import { createHoldpoint, type Holdpoint } from "../../src/index.js";
import { supportAgent } from "./agent.js";

let started: Promise<Holdpoint> | null = null;

/** The host calls this for each run; the first call starts the agent. */
export async function graph() {
  started ??= start();
  return (await started).hostedGraph();
}

async function start(): Promise<Holdpoint> {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, HOLDPOINT_HOME: home } = process.env;
  const database = url ? { url, ...(directUrl ? { directUrl } : {}) } : { home: home || ".holdpoint" };
  return createHoldpoint({ ...(await supportAgent(process.env)), database });
}
