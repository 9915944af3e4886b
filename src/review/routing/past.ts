// What people decided on earlier calls of a tool: what the signals of a new one are taken from.
import type { JsonObject } from "../../kernel/json.js";

/**
 * `approved`: as it was proposed. `changed`: approved with other arguments, or other words. `refused`: rejected, or answered
 * in the tool's stead. What ran without anybody looking is no case: silence says nothing.
 */
export type Verdict = "approved" | "changed" | "refused";

export interface DecidedCall {
  /** As the agent proposed them. */
  args: JsonObject;
  verdict: Verdict;
}

export interface Past {
  /** By tool: the last calls of this agent that people decided, a hundred of each, the newest first. */
  decided: ReadonlyMap<string, readonly DecidedCall[]>;
}

export interface PastWanted {
  graphId: string;
  tools: readonly string[];
}

/** In whatever holds the reviews. */
export interface PastStore {
  /** One statement, whatever the number of tools. */
  pastOf(tenant: string, wanted: PastWanted): Promise<Past>;
}

export const noPast: Past = Object.freeze({ decided: new Map() });
