import type { ServedGraph } from "../graph/served-graph.js";
import type { JsonObject } from "../kernel/json.js";
import { isMessageList } from "../storage/message-chain.js";
import type { Left } from "../storage/run-rows.js";
import { wireText } from "./wire.js";
import type { WorkResult } from "./work.js";

/** What is kept of how a thread stands, for those who search threads. */
export function leftBy(
  served: ServedGraph,
  { interrupts, values }: Pick<WorkResult, "interrupts" | "values">,
): Left {
  const shown = Object.entries(served.shown(values)).filter(([, value]) => !isMessageList(value));
  return {
    interrupts: JSON.parse(wireText(interrupts)) as JsonObject,
    values: searchable(wireText(Object.fromEntries(shown))),
  };
}

/** Characters of values that are worth a copy in each row; what is longer is found in the checkpoint only. */
const mostSearchable = 65_536;

function searchable(values: string): JsonObject {
  return values.length > mostSearchable ? {} : (JSON.parse(values) as JsonObject);
}
