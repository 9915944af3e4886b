import { z } from "zod";
import type { JsonObject } from "../../kernel/json.js";
import { defineTool } from "../define-tool.js";
import type { HoldpointTool } from "../tool.js";

const words = z.string().trim().min(1).max(2_000);

const argsSchema = z.object({
  why: words.optional().describe("What all of it is for."),
  steps: z
    .array(
      z.object({
        tool: z.string().min(1).max(64).describe("The tool that you would call."),
        args: z
          .record(z.string(), z.unknown())
          .describe("Its whole arguments, as you would call it with them."),
        why: words.optional().describe("What this step is for."),
      }),
    )
    .min(1)
    .max(20)
    .describe("In the order in which you would make the calls."),
});

/** A plan as its call has it: each step's arguments are those that its tool made of them. */
export interface Plan {
  why?: string;
  steps: { tool: string; args: JsonObject; why?: string }[];
}

/** The agent puts several calls before a person at once. Approved, each may be made once, on exactly its arguments. */
export const proposePlan: HoldpointTool = {
  ...defineTool({
    name: "propose_plan",
    description:
      "Put several calls before a person at once, before you make any of them, where a person would be asked about " +
      "more than one. Nothing of it runs by this. Where it is approved, make each call yourself, with exactly the " +
      "arguments of its step. What the person says comes as this tool's result; go by it.",
    args: argsSchema,
    annotations: { title: "Propose a plan", idempotentHint: true },
    reversibility: "reversible",
    title: ({ steps }) =>
      `Plan of ${steps.length === 1 ? "one step" : `${steps.length} steps`}: ${steps.map(({ tool }) => tool).join(", ")}`,
    /** Of a plan that asks for nobody. */
    run: () => "None of these calls needs a person. Make each of them.",
  }),
  asks: "plan",
};
