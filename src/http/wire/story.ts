// A thread's messages and the record of its calls, as one story.
import { BaseMessage, isAIMessage, ToolMessage } from "@langchain/core/messages";
import type { TakeOver } from "../../review/taking-over.js";
import type { Review } from "../../review/types.js";
import type { RecordedCall } from "../../storage/story-rows.js";
import type { Authors } from "../../storage/takeover-rows.js";
import type { StoryCall, StoryHold, StoryMoment, StoryTurn } from "../contract.js";
import { whoSaid } from "./conversation.js";
import { personToWire } from "./person.js";
import { reviewToWire } from "./reviews.js";

/** A turn as the conversation has it; the record of its calls is looked up for those that are shown. */
export interface SaidTurn {
  index: number;
  message: BaseMessage;
  answers: ReadonlyMap<string, ToolMessage>;
}

/** All turns. An answer of a tool is not one: it stands with its call. */
export function turnsIn(values: unknown): SaidTurn[] {
  const { messages } = Object(values) as { messages?: unknown };
  if (!Array.isArray(messages)) return [];
  const said = messages.filter((message): message is BaseMessage => BaseMessage.isInstance(message));
  const asked = new Set(said.flatMap((message) => callsIn(message).map(({ callId }) => callId)));
  const answers = new Map(
    said.flatMap((message) =>
      ToolMessage.isInstance(message) && asked.has(message.tool_call_id)
        ? [[message.tool_call_id, message]]
        : [],
    ),
  );
  return said
    .filter((message) => !ToolMessage.isInstance(message) || !answers.has(message.tool_call_id))
    .map((message, index) => ({ index, message, answers }));
}

export function turnToWire(
  { index, message, answers }: SaidTurn,
  records: readonly RecordedCall[],
  authors: Authors,
): StoryTurn {
  const id = message.id ?? "";
  const author = authors.get(id);
  return {
    index,
    id,
    who: whoSaid(message),
    text: message.text,
    // Nobody is made to say other words than they wrote.
    writtenBy: author?.text === message.text ? author.by : null,
    calls: callsIn(message).map((call) => {
      const record = records.find((one) => one.messageId === id && one.callId === call.callId);
      const answer = answers.get(call.callId);
      return {
        ...call,
        answer: answer ? { text: answer.text, isError: answer.status === "error" } : null,
        record: record ? recordToWire(record) : null,
      };
    }),
  };
}

/** Where the conversation is kept elsewhere: a call, as the record has it, stands for its turn. */
export function recordedTurn(record: RecordedCall, index: number): StoryTurn {
  const { callId, tool, args } = record;
  return {
    index,
    id: record.id,
    who: "agent",
    text: "",
    writtenBy: null,
    calls: [{ callId, tool, args, answer: null, record: recordToWire(record) }],
  };
}

export function holdToWire(review: Review): StoryHold {
  const { id, kind, status, level, tier, title, reasons, openedAt, expiresAt, decision } = reviewToWire(
    review,
    null,
  );
  return { id, kind, status, level, tier, title, reasons, openedAt, expiresAt, decision };
}

export function momentsOf({ by, at, after, back }: TakeOver): StoryMoment[] {
  const taken = { what: "taken over" as const, by: by.id, at: at.toISOString(), after, note: null };
  if (!back) return [taken];
  // That the next one took it over says all there is to say.
  if (back.takenBy !== null) return [taken];
  const { note } = back;
  return [taken, { what: "handed back", by: by.id, at: back.at.toISOString(), after: back.after, note }];
}

function callsIn(message: BaseMessage): Pick<StoryCall, "callId" | "tool" | "args">[] {
  if (!isAIMessage(message)) return [];
  return (message.tool_calls ?? []).map(({ id = "", name, args }) => ({
    callId: id,
    tool: name,
    args: Object(args) as Record<string, unknown>,
  }));
}

function recordToWire(record: RecordedCall): StoryCall["record"] {
  const { id, route, reasons, createdAt, holds, execution } = record;
  return {
    id,
    route,
    reasons: reasons.map(({ rule, text }) => ({ rule, text })),
    createdAt: createdAt.toISOString(),
    holds: holds.map(holdToWire),
    execution: execution && {
      ...execution,
      startedAt: execution.startedAt.toISOString(),
      settledAt: execution.settledAt?.toISOString() ?? null,
      complaints: execution.complaints.map((complaint) => ({
        ...complaint,
        by: personToWire(complaint.by),
        at: complaint.at.toISOString(),
      })),
    },
  };
}
