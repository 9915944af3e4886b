// What a provider is shown of a conversation. It refuses one in which a call has no answer or a name it does not
// like, and would refuse it again for ever: the thread would be dead. The thread's own messages stay as they are.
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";

/**
 * The messages with exactly one answer right behind each call, and with names of calls that providers take.
 * @param recorded what is known, by call id, of calls that got no answer.
 */
export function acceptableHistory(
  messages: readonly BaseMessage[],
  recorded: ReadonlyMap<string, RecordedAnswer> = new Map(),
): BaseMessage[] {
  const answers = new Map<string, Pick<ToolMessage, "content" | "status">>();
  for (const [id, { text, status }] of recorded) answers.set(id, { content: text, status });
  for (const message of messages) {
    if (ToolMessage.isInstance(message)) answers.set(message.tool_call_id, message);
  }
  return messages.flatMap((message) => {
    // Said again behind its call; one without a call is refused, too.
    if (ToolMessage.isInstance(message)) return [];
    if (!AIMessage.isInstance(message) || !message.tool_calls?.length) return [message];
    return [withCallsSaidOnce(message), ...message.tool_calls.map((call) => answerTo(call, answers))];
  });
}

export interface RecordedAnswer {
  status: "success" | "error";
  text: string;
}

/** A run that was stopped between a call and its answer leaves a call without one. */
function answerTo(
  { id = "", name }: { id?: string; name: string },
  answers: ReadonlyMap<string, Pick<ToolMessage, "content" | "status">>,
): ToolMessage {
  const answer = answers.get(id);
  return new ToolMessage({
    tool_call_id: id,
    name: plainName(name),
    content:
      answer?.content ?? "There is no answer to this call: the run that made it ended before it had one.",
    status: answer?.status ?? "error",
  });
}

/** Names that providers take, and in blocks of content the same calls as beside them: those have ids of the provider. */
function withCallsSaidOnce(message: AIMessage): AIMessage {
  const calls = (message.tool_calls ?? []).map((call) => ({ ...call, name: plainName(call.name) }));
  const content = Array.isArray(message.content) ? withCallsAs(calls, message.content) : message.content;
  const isAsItWas = calls.every(({ name }, index) => name === message.tool_calls?.[index]?.name);
  if (isAsItWas && content === message.content) return message;
  return new AIMessage({
    ...(message.id === undefined ? {} : { id: message.id }),
    content,
    tool_calls: calls,
    response_metadata: message.response_metadata,
  });
}

const anthropics: ReadonlySet<string> = new Set(["tool_use", "thinking", "redacted_thinking"]);

type Blocks = Extract<AIMessage["content"], unknown[]>;

/**
 * Anthropic's adapter sends blocks as they are, and adds no calls to them: without their blocks the answers would be
 * answers to nothing. What was thought before a call is a block, too, and has to be sent again with it, so blocks stay.
 */
function withCallsAs(calls: NonNullable<AIMessage["tool_calls"]>, blocks: Blocks): Blocks {
  const others = blocks.filter(({ type }) => type !== "tool_use" && type !== "input_json_delta");
  const isAnthropics = blocks.some(({ type }) => anthropics.has(type ?? ""));
  if (calls.length === 0 || !isAnthropics) return blocks;
  return [
    ...others,
    ...calls.map(({ id = "", name, args }) => ({ type: "tool_use", id, name, input: args })),
  ];
}

/** Models invent names like `functions.pay`; only the name of a tool that exists is sure to be one that is taken. */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "unnamed";
}
