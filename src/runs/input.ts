// What a run may give its graph, and what has to be asked to know.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { ReviewStore } from "../review/store.js";
import type { Letters } from "../review/taking-over.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import type { RunStore } from "../storage/run-rows.js";

export interface InputDeps {
  letters: Letters;
  runs: RunStore;
  reviews: ReviewStore;
  saver: FencedSaver;
}

export type Input = Start | { kind: "nothing" };

export interface Start {
  kind: "start";
  value: unknown;
  options: RunnableConfig;
  /** Reviews whose decision this carries into the graph. */
  fulfils: string[];
}

export const goOn: Start = { kind: "start", value: null, options: {}, fulfils: [] };
