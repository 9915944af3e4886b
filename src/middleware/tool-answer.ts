// What the agent is told of a call: what stands on record, with what only the tool's own answer has.
import { ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { Command, isCommand } from "@langchain/langgraph";
import type { ActOutcome } from "../execution/act.js";
import { resultText } from "../execution/outcome.js";
import { sha256 } from "../kernel/json.js";
import { actionIdOf } from "../review/propose.js";
import type { ProposedCall, TaskScope } from "../review/types.js";

type Answered = Extract<ActOutcome, { kind: "answered" }>;

/** The one answer to a call. A tool's own Command stays one, where the tool ran just now. */
export function toolAnswer(
  scope: TaskScope,
  call: ProposedCall,
  answered: Answered,
  made: ToolMessage | Command | null,
): ToolMessage | Command {
  const own = answered.status === "success" ? made : null;
  const given = isCommand(own) ? answerIn(own, call.callId) : (own ?? undefined);
  const answer = new ToolMessage({
    // Follows from the action, so that a rerun replaces its message instead of adding one.
    id: answerId(scope, call),
    tool_call_id: call.callId,
    name: call.tool,
    status: answered.status,
    content: withPictures(answered.text, given),
    ...(given?.artifact === undefined ? {} : { artifact: given.artifact as unknown }),
    ...(given ? { additional_kwargs: given.additional_kwargs } : {}),
  });
  return isCommand(own) ? withAnswer(own, given, answer) : answer;
}

export function answerId(scope: TaskScope, call: ProposedCall): string {
  return `answer-${sha256(actionIdOf(scope, call)).slice(0, 32)}`;
}

/** What a tool gave, in words. */
export function textOf(output: unknown, callId?: string): string {
  const message = isCommand(output) ? answerIn(output, callId) : output;
  if (isCommand(output) && !message) return "Done.";
  if (!ToolMessage.isInstance(message)) return resultText(message);
  if (typeof message.content === "string") return message.content;
  return message.text || message.content.map(({ type }) => `[${type}]`).join(" ");
}

export function isFailure(output: unknown): boolean {
  return ToolMessage.isInstance(output) && output.status === "error";
}

/** Blocks that are no text, such as images, come behind the words. */
function withPictures(text: string, given: ToolMessage | undefined): ToolMessage["content"] {
  if (!given || typeof given.content === "string") return text;
  const others = given.content.filter(({ type }) => type !== "text");
  return others.length === 0 ? text : [{ type: "text", text }, ...others];
}

function answerIn({ update }: Command, callId: string | undefined): ToolMessage | undefined {
  return messagesIn(update)
    .filter((message) => ToolMessage.isInstance(message))
    .find((message) => callId === undefined || message.tool_call_id === callId);
}

function messagesIn(update: unknown): BaseMessage[] {
  const { messages } = (update ?? {}) as { messages?: BaseMessage | BaseMessage[] };
  return messages === undefined ? [] : [messages].flat();
}

function withAnswer(command: Command, given: ToolMessage | undefined, answer: ToolMessage): Command {
  if (!given) return command;
  const messages = messagesIn(command.update).map((message) => (message === given ? answer : message));
  const { graph, goto = [] } = command;
  const update = { ...(command.update as object), messages };
  return new Command({ ...(graph === undefined ? {} : { graph }), goto, update });
}
