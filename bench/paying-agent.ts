// An agent whose every thread comes to rest at a hold.
import { z } from "zod";
import { defineAgent, defineTool, scriptedModel, type AgentOptions } from "../src/index.js";

export const payingAgent: AgentOptions = {
  name: "paying",
  model: scriptedModel("paying", (messages) =>
    messages.at(-1)?.getType() === "tool"
      ? { text: "It is paid." }
      : { text: "I will pay that.", calls: [{ tool: "pay", args: { order: "8841", amount: 420 } }] },
  ),
  tools: [
    defineTool({
      name: "pay",
      description: "Pays.",
      args: z.object({ order: z.string(), amount: z.number() }),
      run: () => "Paid.",
    }),
  ],
};

export const paying = defineAgent({ ...payingAgent, database: { home: ".holdpoint" } });
