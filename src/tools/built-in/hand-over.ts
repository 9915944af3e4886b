import { z } from "zod";
import { defineTool } from "../define-tool.js";
import type { HoldpointTool } from "../tool.js";
import { nothingRuns } from "./nothing-runs.js";

const words = z.string().trim().min(1).max(2_000);

const titles = {
  out_of_depth: "The agent is out of its depth",
  upset: "The customer is upset",
  asked_for_a_person: "The customer asks for a person",
  other: "The agent hands over",
} as const;

const argsSchema = z.object({
  reason: z.enum(["out_of_depth", "upset", "asked_for_a_person", "other"]),
  summary: words.describe("What this is about, for somebody who has not read along."),
  tried: z.array(words).max(20).default([]).describe("What was tried, and what came of it."),
  open: z.array(words).max(20).default([]).describe("What is still to be done or found out."),
});

export type Handover = z.output<typeof argsSchema>;

/** A warm handoff: a person gets the case with what was tried and what is open, and says how it goes on. */
export const handOver: HoldpointTool = {
  ...defineTool({
    name: "hand_over",
    description:
      "Hand the conversation to a person of the company: you are out of your depth, the customer is upset, or asks for " +
      "a person. Tell the customer so first. How it goes on comes as this tool's result; go by it.",
    args: argsSchema,
    annotations: { title: "Hand over to a person", idempotentHint: true },
    reversibility: "reversible",
    title: ({ reason, summary }) => `${titles[reason]}: ${summary}`,
    run: nothingRuns,
  }),
  asks: "handover",
};
