import { z } from "zod";
import { defineTool } from "../define-tool.js";
import type { HoldpointTool } from "../tool.js";
import { nothingRuns } from "./nothing-runs.js";

const words = z.string().trim().min(1);

const argsSchema = z.object({
  question: words.max(4_000).describe("The question, so that somebody who has not read along can answer it."),
  options: z
    .array(
      z.object({
        label: words.max(200).describe("What would be done, in a few words."),
        rationale: words.max(2_000).optional().describe("What speaks for it, and what against."),
        cost: words.max(500).optional().describe("What it costs: money, time, goodwill."),
        evidence: words.max(2_000).optional().describe("What you know that bears on it, and from where."),
      }),
    )
    .max(8)
    .refine((options) => new Set(options.map(({ label }) => label)).size === options.length, {
      error: "Two options have the same label, and which one was picked could not be told.",
    })
    .default([])
    .describe("What could be done, where you can name it. The person may answer something else."),
  why: words.max(2_000).optional().describe("Why you ask instead of deciding it yourself."),
});

export type Question = z.output<typeof argsSchema>;

/** The agent asks a person, and goes on with what they answer. The decision stays with the person. */
export const askHuman: HoldpointTool = {
  ...defineTool({
    name: "ask_human",
    description:
      "Ask a person of the company a question that is not yours to decide, or that you cannot answer. Offer options " +
      "where you see them. The answer comes as this tool's result; go by it.",
    args: argsSchema,
    annotations: { title: "Ask a person", idempotentHint: true },
    reversibility: "reversible",
    title: ({ question }) => question,
    run: nothingRuns,
  }),
  asks: "ask",
};
