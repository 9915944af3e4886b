// A call that waits for a person, as the card shows it: out of a review, or out of the interrupt that a chat receives.
import type { DecisionRequest, Review, ReviewContext } from "../client.js";

export type Args = Record<string, unknown>;

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

export interface HeldCall {
  reviewId: string;
  kind: Review["kind"];
  title: string;
  args: Args;
  argsSchema: JsonSchema;
  /** A decision carries it back, so that it stands for these arguments and no others. */
  argsHash: string;
  /** None: it is shown, and decided elsewhere. */
  allowedAnswers: readonly DecisionRequest["type"][];
  /** Its words are finished together, block by block. */
  hasDraft: boolean;
}

export function heldCallOf(review: Review, context: ReviewContext | null): HeldCall {
  const { id, kind, title, args, argsHash, allowedAnswers, draft } = review;
  const argsSchema = (context?.argsSchema ?? {}) as JsonSchema;
  return {
    reviewId: id,
    kind,
    title,
    args,
    argsSchema,
    argsHash,
    allowedAnswers,
    hasDraft: draft !== undefined,
  };
}

/** One in a conversation. */
export interface HeldInChat extends HeldCall {
  interruptId: string;
  /** The call of the model that it holds. */
  toolCallId: string;
}

interface HoldValue {
  holdpoint?: Pick<HeldCall, "kind" | "title" | "argsHash" | "allowedAnswers" | "hasDraft"> & {
    reviewId: string | null;
  };
  toolCallId?: string;
  actionRequests?: { args: Args }[];
  reviewConfigs?: { argsSchema: JsonSchema }[];
}

/**
 * What waits in a conversation, by the interrupts of its thread. A chat takes an interrupt for answered only where its own
 * page answered it; where somebody else did, the call has got its answer among the messages.
 */
export function holdsIn(
  interrupts: readonly { id?: string; value?: unknown }[],
  messages: readonly object[],
): HeldInChat[] {
  const answered = new Set(messages.map((one) => (one as { tool_call_id?: string }).tool_call_id));
  return interrupts.flatMap(({ id, value }): HeldInChat[] => {
    const { holdpoint, toolCallId, actionRequests, reviewConfigs } = Object(value) as HoldValue;
    if (!id || !toolCallId || !holdpoint || answered.has(toolCallId)) return [];
    const { reviewId, ...shown } = holdpoint;
    // It met a fault, and is tried again by itself.
    if (reviewId === null) return [];
    return [
      {
        ...shown,
        reviewId,
        interruptId: id,
        toolCallId,
        args: actionRequests?.[0]?.args ?? {},
        argsSchema: reviewConfigs?.[0]?.argsSchema ?? {},
      },
    ];
  });
}

export interface Option {
  label: string;
  rationale?: string;
  cost?: string;
  evidence?: string;
}

/** What a question offers; an answer that says the label of one of these picks it. */
export function optionsIn({ kind, args }: HeldCall): readonly Option[] {
  const { options } = args as { options?: Option[] };
  return kind === "ask" ? (options ?? []) : [];
}
