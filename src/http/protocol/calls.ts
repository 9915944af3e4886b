// The channel `tools`. A plain graph's tools speak for themselves. An agent's calls are tasks of its graph, and whether
// one of them ran is on record: a call that was held and rejected has told nothing here, because no tool began.
import { actionId } from "../../kernel/ids.js";
import type { JsonObject } from "../../kernel/json.js";
import type { ReviewStore } from "../../review/store.js";
import type { Execution, ProposedCall } from "../../review/types.js";
import type { Run } from "../../storage/run-rows.js";
import { taskNamespace, type Told } from "./told.js";

/** What LangGraph tells of a task: its beginning, or (with `result`) its end. */
export interface Task {
  id: string;
  name: string;
  input?: unknown;
  result?: unknown;
  interrupts?: unknown[];
}

export interface Calls {
  /** It was answered by an earlier run; LangGraph lists its task once more. */
  answered(messages: unknown): void;
  task(namespace: readonly string[], task: Task): Promise<Told[]>;
}

export function createCalls(reviews: ReviewStore, run: Run): Calls {
  const answeredBefore = new Set<unknown>();
  const calls = new Map<string, ProposedCall>();
  const begun = new Set<string>();

  return {
    answered(messages) {
      for (const message of Array.isArray(messages) ? messages : [])
        answeredBefore.add((Object(message) as { tool_call_id?: unknown }).tool_call_id);
    },

    async task(graph, task) {
      const namespace = taskNamespace(graph, task);
      if (!("result" in task)) {
        const call = callIn(task);
        if (!call || answeredBefore.has(call.callId)) return [];
        calls.set(task.id, call);
        // Whether one that is held will run is not known before it has.
        if (task.name !== "execute" || begun.has(task.id)) return [];
        begun.add(task.id);
        return [toolEvent(namespace, task, started(call, call.args))];
      }
      const call = calls.get(task.id);
      const answer = answerIn(task.result);
      if (!call || !answer) return [];
      if (begun.has(task.id)) return [toolEvent(namespace, task, ended(call, answer))];
      const execution = await executionOf(reviews, run, graph, call);
      if (!execution) return [];
      return [started(call, execution.args), ended(call, answer)].map((data) =>
        toolEvent(namespace, task, data),
      );
    },
  };
}

/** The events of LangChain's own tools. */
export function toolTold(namespace: readonly string[], data: unknown): Told[] {
  const { event, toolCallId, name, input, output, data: piece, error } = Object(data) as LangChainToolEvent;
  if (typeof toolCallId !== "string") return [];
  const id = { tool_call_id: toolCallId };
  switch (String(event)) {
    case "on_tool_start":
      return [tools(namespace, { event: "tool-started", ...id, tool_name: name ?? "tool", input })];
    case "on_tool_event": {
      const delta = typeof piece === "string" ? piece : JSON.stringify(piece ?? null);
      return [tools(namespace, { event: "tool-output-delta", ...id, delta })];
    }
    case "on_tool_end":
      return [tools(namespace, { event: "tool-finished", ...id, output: output ?? null })];
    case "on_tool_error": {
      const { message } = Object(error) as { message?: unknown };
      const said = typeof message === "string" ? message : "The tool failed.";
      return [tools(namespace, { event: "tool-error", ...id, message: said })];
    }
    default:
      return [];
  }
}

interface LangChainToolEvent {
  event?: string;
  toolCallId?: string;
  name?: string;
  input?: unknown;
  output?: unknown;
  data?: unknown;
  error?: unknown;
}

function tools(namespace: readonly string[], data: object): Told {
  return { method: "tools", namespace, data };
}

function toolEvent(namespace: readonly string[], { name }: Task, data: object): Told {
  return { ...tools(namespace, data), node: name };
}

function started({ callId, tool }: ProposedCall, input: JsonObject): object {
  return { event: "tool-started", tool_call_id: callId, tool_name: tool, input };
}

interface AnswerMessage {
  tool_call_id: string;
  status?: string;
  content: unknown;
}

function ended({ callId }: ProposedCall, answer: AnswerMessage): object {
  const id = { tool_call_id: callId };
  return answer.status === "error"
    ? { event: "tool-error", ...id, message: String(answer.content) }
    : { event: "tool-finished", ...id, output: answer };
}

function callIn({ input }: Task): ProposedCall | null {
  const { callId, tool, messageId } = Object(input) as Partial<ProposedCall>;
  return typeof callId === "string" && typeof tool === "string" && typeof messageId === "string"
    ? (input as ProposedCall)
    : null;
}

function answerIn(result: unknown): AnswerMessage | null {
  const { messages } = Object(result) as { messages?: AnswerMessage[] };
  return (Array.isArray(messages) && messages[0]) || null;
}

async function executionOf(
  reviews: ReviewStore,
  { tenant, threadId }: Run,
  graph: readonly string[],
  call: ProposedCall,
): Promise<Execution | null> {
  const { messageId, callIndex } = call;
  const id = actionId({ tenant, threadId, checkpointNs: graph.join("|"), messageId, callIndex });
  return (await reviews.standing(tenant, id))?.execution ?? null;
}
