// What a run gives its agent where a person leads the conversation, or did a moment ago.
import { isAIMessage, isHumanMessage, isToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { messagesOf } from "../graph/letters.js";
import type { AnyGraph, ServedGraph } from "../graph/served-graph.js";
import { HoldpointError } from "../kernel/errors.js";
import { writtenBy, type Letter } from "../review/taking-over.js";
import type { Run } from "../storage/run-rows.js";
import { payloadOf } from "./payload.js";
import { goOn, type Input, type InputDeps } from "./input.js";

/** Kept while somebody leads the conversation; else given to the agent, behind what was said before it. */
export async function ledInput(
  deps: InputDeps,
  served: ServedGraph,
  graph: AnyGraph,
  run: Run,
  config: RunnableConfig,
): Promise<Input> {
  const { tenant, threadId } = run;
  const { input, tells, handedBack, checkpoint } = payloadOf(run);
  if (tells) return { kind: "nothing" };
  const { messages: said = [] } = Object(input) as { messages?: Letter[] };
  if (said.length > 0 && !checkpoint && (await deps.letters.keep(tenant, threadId, said)))
    return { kind: "nothing" };
  if ((await deps.runs.openHolds(tenant, threadId)) > 0) {
    // Begun while somebody led the conversation, which was handed back meanwhile: given now, it would lose the holds.
    if (said.length > 0) throw heldAgain(threadId);
    return { kind: "nothing" };
  }
  const { leader, letters } = await deps.letters.due(tenant, threadId);
  const before = messagesOf(letters);
  if (!handedBack) {
    const { messages } = served.revive(input ?? null) as { messages: BaseMessage[] };
    return start({ messages: checkpoint ? messages : [...before, ...messages] }, run, config);
  }
  const { values } = await graph.getState(config);
  const { messages = [] } = Object(values) as { messages?: BaseMessage[] };
  const hasHeardNote = ownLastIn(messages)?.id !== (handedBack.spoken ?? undefined);
  if (leader !== null || !((handedBack.note && !hasHeardNote) || owesAnswer(messages)))
    return { kind: "nothing" };
  return start({ messages: before }, run, config);
}

/** What the agent said last itself. */
export function ownLastIn(messages: readonly BaseMessage[]): BaseMessage | undefined {
  return messages.findLast((message) => isAIMessage(message) && writtenBy(message) === null);
}

function start(value: { messages: BaseMessage[] }, run: Run, config: RunnableConfig): Input {
  const { checkpoint } = payloadOf(run);
  const options = checkpoint ? { configurable: { ...config.configurable, ...checkpoint } } : {};
  return { ...goOn, value, options };
}

/** Who chats spoke last, or calls were concluded that the agent has not seen the end of. */
function owesAnswer(messages: readonly BaseMessage[]): boolean {
  const last = messages.at(-1);
  if (last && isHumanMessage(last)) return true;
  const ownLast = ownLastIn(messages);
  const since = ownLast ? messages.indexOf(ownLast) + 1 : 0;
  return messages.slice(since).some((message) => isToolMessage(message));
}

function heldAgain(threadId: string): HoldpointError {
  return new HoldpointError(
    "thread_has_open_holds",
    `Something waits for a decision in thread ${threadId}: what is said in it waits, too.`,
    { details: { threadId } },
  );
}
