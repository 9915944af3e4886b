import type { ServedGraph } from "../graph/served-graph.js";
import type { Json, JsonObject } from "../kernel/json.js";
import { isMessageList } from "../storage/message-chain.js";
import type { Left, Run } from "../storage/run-rows.js";
import { wireText } from "./wire.js";
import type { WorkResult } from "./work.js";

type Rest = Pick<WorkResult, "interrupts" | "values">;

/** What is kept of how a thread stands: for those who search threads, and for those a run was to tell. */
export function leftBy(served: ServedGraph, rest: Rest, run?: Pick<Run, "webhooks">): Left {
  const { interrupts, values } = rest;
  const shown = Object.entries(served.shown(values)).filter(([, value]) => !isMessageList(value));
  return {
    interrupts: JSON.parse(wireText(interrupts)) as JsonObject,
    values: searchable(wireText(Object.fromEntries(shown))),
    ...(run && run.webhooks.length > 0 ? { told: JSON.parse(restText(served, rest)) as Json } : {}),
  };
}

/** How a thread rests, as LangGraph's servers tell it: its values, and what waits in it. */
export function restText(served: ServedGraph, { values, interrupts }: Rest): string {
  const waiting = Object.values(interrupts).flat();
  return wireText({
    ...served.shown(values),
    ...(waiting.length > 0 ? { __interrupt__: waiting } : {}),
  });
}

/** Characters of values that are worth a copy in each row; what is longer is found in the checkpoint only. */
const mostSearchable = 65_536;

function searchable(values: string): JsonObject {
  return values.length > mostSearchable ? {} : (JSON.parse(values) as JsonObject);
}
