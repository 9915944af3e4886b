// What can be seen about a call that is about to be proposed, against its conversation and against earlier calls of its
// tool. What only reads, and what is itself a question to a person, is not looked at.
import type { JsonObject } from "../kernel/json.js";
import type { Policy } from "../policies/policy.js";
import type { Conversation } from "../risk/conversation.js";
import { signalsOf, type Signal } from "../risk/signals.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { DoneBefore } from "./store.js";

export interface SeenCall {
  tool: HoldpointTool | undefined;
  args: JsonObject;
}

export function isLookedAt({ tool }: SeenCall): boolean {
  return tool !== undefined && !tool.readOnly && tool.asks === undefined;
}

export function seenIn(
  call: SeenCall,
  conversation: Conversation | null,
  { carriedOut, complaints, refused }: Pick<DoneBefore, "carriedOut" | "complaints" | "refused">,
  { tools }: Pick<Policy, "tools">,
): Signal[] {
  const { tool, args } = call;
  if (!tool || !isLookedAt(call)) return [];
  const reserved = tools.get(tool.name)?.reserved ?? null;
  return signalsOf(
    { tool, args, ...(reserved === null ? {} : { reserved }) },
    conversation,
    carriedOut.get(tool.name) ?? [],
    complaints.get(tool.name) ?? [],
    refused,
  );
}
