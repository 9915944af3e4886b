// Other models, asked about the calls of one message: a judge, a second one, and stronger ones before a person.
import { SystemMessage, type BaseMessage } from "@langchain/core/messages";
import { agreementsOf } from "../models/agreement.js";
import { acceptableHistory } from "../models/history.js";
import { judgementOf } from "../models/judge.js";
import { laddered } from "../models/ladder.js";
import { valueOf, type Patience } from "../models/opinion.js";
import type { Model, ModelRequest } from "../models/port.js";
import type { OpinedCall, Opinions } from "../review/opinions.js";
import type { Conversation } from "../risk/conversation.js";
import type { ToolSet } from "../tools/tool-set.js";

/** Models beside the agent's own; null and none: not asked. */
export interface OtherModels {
  judge: Model | null;
  second: Model | null;
  ladder: readonly Model[];
  timeoutMs: number;
}

export function othersAsked({ judge, second, ladder }: OtherModels): string[] {
  return [
    ...(judge ? [`judge ${judge.name}`] : []),
    ...(second ? [`second ${second.name}`] : []),
    ...ladder.map(({ name }) => `ladder ${name}`),
  ];
}

export interface Asking {
  others: OtherModels;
  tools: ToolSet;
  instructions: string | null;
  /** As the agent's own model was shown them. */
  offered: ModelRequest["tools"];
  /** What it had before it when it made the calls. */
  messages: readonly BaseMessage[];
  signal: AbortSignal | undefined;
}

export function opinionsOf({ others, tools, instructions, offered, messages, signal }: Asking): Opinions {
  const { judge, second, ladder, timeoutMs } = others;
  const patience: Patience = { timeoutMs, ...(signal ? { signal } : {}) };
  return {
    async judge(calls, conversation) {
      if (!judge) return [];
      return Promise.all(
        calls.map(async (call) => valueOf(await judgementOf(judge, caseOf(call, conversation), patience))),
      );
    },
    async agreement(calls) {
      if (!second) return [];
      const system = instructions === null ? [] : [new SystemMessage(instructions)];
      const request = { messages: [...system, ...acceptableHistory([...messages])], tools: offered };
      const compared = calls.map(({ tool, args }) => ({ tool: tool.name, args }));
      return (await agreementsOf(second, request, compared, tools, patience)).map(valueOf);
    },
    climb: (call, conversation, isSure) =>
      laddered({ ladder, route: "review", judged: caseOf(call, conversation), isSure, patience }),
  };
}

function caseOf({ tool, args }: OpinedCall, { asked, results }: Conversation) {
  const { name, description } = tool;
  return { call: { tool: name, description, args }, asked: asked.sources, results: results.sources };
}
