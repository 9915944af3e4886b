// What waits for a person, as the server shows it in an interrupt.
import type { Interrupt } from "@langchain/langgraph-sdk";
import { ToolMessage, type BaseMessage } from "@langchain/core/messages";

export type Args = Record<string, unknown>;

export interface Hold {
  interruptId: string;
  /** The call of the model that it holds. */
  toolCallId: string;
  title: string;
  /** `settle`: it was attempted, and nobody knows whether it happened. `ask`, `handover`: the agent asks a person. */
  kind: "review" | "settle" | "ask" | "handover";
  args: Args;
  argsSchema: JsonSchema;
  /** A decision carries it back, so that it stands for these arguments and no others. */
  argsHash: string;
}

/** A decision, as the server takes it. */
export type Decision =
  | { type: "approve" }
  | { type: "edit"; args: Args }
  | { type: "reject"; reason?: string }
  | { type: "respond"; message: string }
  | { type: "happened" }
  | { type: "not_happened" }
  | { type: "retry" };

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  enum?: unknown[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/** What a question offers; an answer that says one of these picks it. */
export function optionsIn({ kind, args }: Hold): string[] {
  const { options } = args as { options?: { label: string }[] };
  return kind === "ask" ? (options ?? []).map(({ label }) => label) : [];
}

interface HoldValue {
  holdpoint?: { reviewId: string | null; kind: Hold["kind"]; title: string; argsHash: string };
  toolCallId?: string;
  actionRequests?: { args: Args }[];
  reviewConfigs?: { argsSchema: JsonSchema }[];
}

/**
 * The hook takes an interrupt for answered only where this page answered it. Where somebody else did, the call has got
 * its answer in the conversation.
 */
export function openHolds(interrupts: readonly Interrupt[], messages: readonly BaseMessage[]): Hold[] {
  const answered = new Set(
    messages.flatMap((one) => (ToolMessage.isInstance(one) ? [one.tool_call_id] : [])),
  );
  return interrupts.flatMap(({ id, value }): Hold[] => {
    const { holdpoint, toolCallId, actionRequests, reviewConfigs } = Object(value) as HoldValue;
    if (!id || !toolCallId || !holdpoint || holdpoint.reviewId === null || answered.has(toolCallId))
      return [];
    const { title, kind, argsHash } = holdpoint;
    const args = actionRequests?.[0]?.args ?? {};
    return [
      {
        interruptId: id,
        toolCallId,
        title,
        kind,
        argsHash,
        args,
        argsSchema: reviewConfigs?.[0]?.argsSchema ?? {},
      },
    ];
  });
}
