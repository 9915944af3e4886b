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
    values: JSON.parse(wireText(Object.fromEntries(shown))) as JsonObject,
  };
}
