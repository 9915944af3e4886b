// An agent that tags tickets, which can be put right: "tag T-1 late" tags the ticket with the word.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { z } from "zod";
import { defineTool, type HoldpointTool, type Script } from "../../src/index.js";

export function taggingTools(): { ran: unknown[]; tools: HoldpointTool[] } {
  const ran: unknown[] = [];
  const tag = defineTool({
    name: "tag_ticket",
    description: "Tags a ticket.",
    args: z.object({ ticket: z.string(), tag: z.string() }),
    reversibility: "reversible",
    run: (args) => {
      ran.push(args);
      return "tagged";
    },
  });
  return { ran, tools: [tag] };
}

export const tagging: Script = (messages) => {
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  const [, ticket = "", tag = ""] = asked.split(" ");
  return messages.some((message) => isToolMessage(message))
    ? { text: "Done." }
    : { text: "On it.", calls: [{ tool: "tag_ticket", args: { ticket, tag } }] };
};
