// An agent to test with: tools that count what they do, and a model that says what the test tells it to.
import { isHumanMessage, isToolMessage, type BaseMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  createHoldpoint,
  defineTool,
  scriptedModel,
  type Holdpoint,
  type HoldpointTool,
  type Script,
} from "../../src/index.js";
import type { HoldpointOptions } from "../../src/options.js";
import type { JsonObject } from "../../src/kernel/json.js";

/** What the tools did, in order. */
export interface Effects {
  ran: { tool: string; args: JsonObject; key: string }[];
  of(tool: string): JsonObject[];
}

/** `read` is safe, `note` can be taken back, `pay` and `wipe` cannot. */
export function countingTools(): { effects: Effects; tools: HoldpointTool[] } {
  const ran: Effects["ran"] = [];
  const args = z.object({ id: z.string(), amount: z.number().optional() });
  const counting = (
    name: string,
    more: Partial<Parameters<typeof defineTool<typeof args>>[0]>,
  ): HoldpointTool =>
    defineTool({
      name,
      description: `The tool ${name}.`,
      args,
      run: (given, { idempotencyKey }) => {
        ran.push({ tool: name, args: given as JsonObject, key: idempotencyKey });
        return `${name} ${given.id} done`;
      },
      ...more,
    });
  return {
    effects: { ran, of: (tool) => ran.filter((one) => one.tool === tool).map((one) => one.args) },
    tools: [
      counting("read", { annotations: { readOnlyHint: true } }),
      counting("note", { reversibility: "reversible" }),
      counting("pay", {}),
      counting("wipe", {}),
    ],
  };
}

/** A model that turns `pay a; read b` into one call per part, and reports when the answers are in. */
export const obedient: Script = (messages) => {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  const answers = messages.slice(begin + 1).filter((message) => isToolMessage(message));
  if (answers.length > 0) return { text: `Heard: ${answers.map((answer) => answer.text).join(" | ")}` };
  const calls = partsOf(messages[begin]);
  return calls.length > 0 ? { text: "On it.", calls } : { text: "Nothing to do." };
};

function partsOf(message: BaseMessage | undefined): { tool: string; args: JsonObject }[] {
  return (message?.text ?? "").split(";").flatMap((part) => {
    const [tool, id, amount] = part.trim().split(/\s+/);
    if (!tool || !id) return [];
    return [{ tool, args: { id, ...(amount === undefined ? {} : { amount: Number(amount) }) } }];
  });
}

export interface TestAgent {
  holdpoint: Holdpoint;
  effects: Effects;
}

/** Starts an agent on the given database, with quick leases. The caller stops it. */
export async function startAgent(url: string, more: Partial<HoldpointOptions> = {}): Promise<TestAgent> {
  const { effects, tools } = countingTools();
  const holdpoint = await createHoldpoint({
    // Of its own: agents of one name and database take up each other's runs, and these differ in their tools.
    name: `agent-${randomUUID()}`,
    model: scriptedModel("obedient", obedient),
    tools,
    database: { url },
    ...more,
    settings: { leaseMs: 1_000, pollMs: 100, maxConnections: 8, ...more.settings },
  });
  return { holdpoint, effects };
}
