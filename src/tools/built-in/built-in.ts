// Tools that Holdpoint brings. An agent has those that its options name.
import type { HoldpointTool } from "../tool.js";
import { askHuman } from "./ask-human.js";
import { handOver } from "./hand-over.js";
import { proposePlan } from "./propose-plan.js";

export const builtInNames = ["ask_human", "hand_over", "propose_plan"] as const;
export type BuiltInName = (typeof builtInNames)[number];

export const builtIn: Readonly<Record<BuiltInName, HoldpointTool>> = {
  ask_human: askHuman,
  hand_over: handOver,
  propose_plan: proposePlan,
};
