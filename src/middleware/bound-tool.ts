// The tool of one call, as the effect protocol runs it: through what other middleware stands behind ours, and yet once,
// on exactly the arguments that were released, under a signal that no sibling can abort.
import type { ToolMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { isGraphBubbleUp, type Command } from "@langchain/langgraph";
import type { ToolCallHandler, ToolCallRequest } from "langchain";
import { resultText, ToolPausedError } from "../execution/outcome.js";
import { messageOf } from "../kernel/errors.js";
import { hashJson, type JsonObject } from "../kernel/json.js";
import type { HoldpointTool, ToolContext } from "../tools/tool.js";
import { isFailure, textOf } from "./tool-answer.js";

export interface BoundTool {
  tool: HoldpointTool;
  /** What the agent's own way of running it gave, where it ran here and now: more than the record can tell. */
  made(): ToolMessage | Command | null;
}

export function bindTool(
  known: HoldpointTool,
  request: ToolCallRequest,
  handler: ToolCallHandler,
): BoundTool {
  let made: ToolMessage | Command | null = null;

  const run = async (args: JsonObject, context: ToolContext): Promise<string> => {
    const attempt = attemptAt(known, request.tool, args, context);
    const toolCall = { ...request.toolCall, args };
    const handled = await settled(async () => handler({ ...request, toolCall, tool: attempt.tool }));
    if (handled.ok) made = handled.value;
    // What the tool itself came to is what is recorded: other middleware may turn a fault that leaves the outcome open
    // into an answer, or fail after the effect was made.
    const came = attempt.came();
    switch (came.to) {
      case "output":
        return textOf(made ?? came.output, toolCall.id);
      case "fault":
        throw came.thrown;
      case "pause":
        throw paused(came.thrown);
      case "nothing":
        if (!handled.ok) throw isPause(handled.thrown) ? paused(handled.thrown) : handled.thrown;
        if (isFailure(handled.value)) throw new Error(textOf(handled.value, toolCall.id));
        return textOf(handled.value, toolCall.id);
    }
  };
  return { tool: { ...known, run }, made: () => made };
}

type Came =
  | { to: "nothing" }
  | { to: "output"; output: unknown }
  | { to: "fault"; thrown: unknown }
  | { to: "pause"; thrown: unknown };

/** The agent's tool, for one attempt at its effect. */
function attemptAt(
  known: HoldpointTool,
  tool: ToolCallRequest["tool"],
  args: JsonObject,
  context: ToolContext,
): { tool: ToolCallRequest["tool"]; came(): Came } {
  let begun = false;
  let came: Came = { to: "nothing" };
  const invoke = async (call: { args: JsonObject }, config: AgentConfig = {}): Promise<unknown> => {
    if (begun && !known.readOnly) throw new Error(secondTime(known.name));
    if (hashJson(call.args) !== hashJson(args)) throw new Error(otherArguments(known.name));
    begun = true;
    try {
      const output = known.langchain
        ? await known.langchain.invoke(call, withContext(config, context))
        : resultText(await known.run(args, context));
      came = isFailure(output)
        ? { to: "fault", thrown: new Error(textOf(output)) }
        : { to: "output", output };
      return output;
    } catch (thrown) {
      came = { to: isPause(thrown) ? "pause" : "fault", thrown };
      throw thrown;
    }
  };
  // In all else it is the agent's own tool, which other middleware may look at.
  const once = Object.create(tool as object, { invoke: { value: invoke } }) as NonNullable<typeof tool>;
  return { tool: once, came: () => came };
}

type AgentConfig = Parameters<StructuredToolInterface["invoke"]>[1] & object;

/** Where LangChain's tools find the key that the remote may honour, and a signal that only a stop or a time limit aborts. */
function withContext(config: AgentConfig, { idempotencyKey, signal }: ToolContext): AgentConfig {
  return { ...config, signal, configurable: { ...config.configurable, idempotencyKey } };
}

/** An interrupt, of the tool itself or of an agent inside it. */
function isPause(thrown: unknown): boolean {
  return thrown instanceof Error && isGraphBubbleUp(thrown);
}

function paused(cause: unknown): ToolPausedError {
  return new ToolPausedError(messageOf(cause), { cause });
}

type Settled<T> = { ok: true; value: T } | { ok: false; thrown: unknown };

async function settled<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, thrown };
  }
}

function secondTime(tool: string): string {
  return `${tool} was to run a second time under one claim, which only a tool that reads may.`;
}

function otherArguments(tool: string): string {
  return `The arguments of ${tool} were changed after they were released. Middleware that changes arguments belongs before holdpointMiddleware.`;
}
