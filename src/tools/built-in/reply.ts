import { z } from "zod";
import { replyName } from "../../policies/about-answers.js";
import { defineTool } from "../define-tool.js";
import type { HoldpointTool } from "../tool.js";
import type { ToolSet } from "../tool-set.js";

export { replyName };

/** `released`: each answer of the agent waits for a person. `drafted`: and is written together with them. */
export const answerModes = ["released", "drafted"] as const;
export type AnswerMode = (typeof answerModes)[number];

/** The one tool of an agent's answers; no model calls it by itself. What it gives back is what whoever asked reads. */
export function replyTools(mode: AnswerMode | null): ToolSet {
  return new Map([[replyName, mode === "drafted" ? { ...reply, draft: "text" } : reply]]);
}

const reply: HoldpointTool = defineTool({
  name: replyName,
  description: "An answer to whoever asked.",
  args: z.object({ text: z.string().min(1) }),
  annotations: { title: "Answer", idempotentHint: true },
  reversibility: "reversible",
  // Nothing outside is touched: the answer stands in its row, and enters the conversation from there.
  effect: "keyed",
  title: ({ text }) => `Answer: ${text.replaceAll(/\s+/g, " ").slice(0, 160)}`,
  run: ({ text }) => text,
});
