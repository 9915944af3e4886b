// A desk whose calls are decided in all ways there are: what is said to it is how the call shall be decided.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomInt } from "node:crypto";
import { z } from "zod";
import { defineTool, scriptedModel, type AgentOptions } from "../src/index.js";

export const waysToDecide = ["approve", "reject", "change", "answer", "critical", "option"] as const;
export type Way = (typeof waysToDecide)[number];

const options = [{ label: "All of it" }, { label: "Half of it" }, { label: "Nothing" }];

export const deskAgent: AgentOptions & { name: string } = {
  name: "desk",
  model: scriptedModel("desk", (messages) => {
    const begin = messages.findLastIndex((message) => isHumanMessage(message));
    if (messages.slice(begin + 1).some((message) => isToolMessage(message))) return { text: "It is done." };
    const order = String(randomInt(1_000, 10_000));
    switch (messages[begin]?.text ?? "") {
      case "critical":
        return { text: "I will.", calls: [{ tool: "delete_account", args: { account: `c-${order}` } }] };
      case "option":
        return {
          text: "I ask.",
          calls: [{ tool: "ask_human", args: { question: "Refund how much?", options } }],
        };
      // Whatever shall become of it, it is a refund.
      default:
        return { text: "I will.", calls: [{ tool: "refund", args: { order, amount: 50 } }] };
    }
  }),
  builtIns: ["ask_human"],
  tools: [
    defineTool({
      name: "refund",
      description: "Refunds.",
      args: z.object({ order: z.string(), amount: z.number() }),
      title: ({ order, amount }) => `Refund ${amount.toFixed(2)} EUR for order ${order}`,
      run: () => "Refunded.",
    }),
    defineTool({
      name: "delete_account",
      description: "Deletes.",
      args: z.object({ account: z.string() }),
      title: ({ account }) => `Delete the account ${account} for good`,
      run: () => "Deleted.",
    }),
  ],
  policy: `
reject_reasons: [Not covered by our terms., Asked for twice.]
tools:
  delete_account: { level: critical }
`,
};
