import { AIMessage, AIMessageChunk, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { answersOnRecord, type RecordDeps } from "../execution/on-record.js";
import { HoldpointError } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import { leaseOf } from "../kernel/lease.js";
import {
  callsOf,
  readArgs,
  readWrittenArgs,
  unansweredCalls,
  unreadableKey,
  type ReadArgs,
} from "../graph/calls.js";
import { messagesOf } from "../graph/letters.js";
import type { AgentStateValue } from "../graph/state.js";
import { asText, hasThoughts } from "../models/call-blocks.js";
import { acceptableHistory } from "../models/history.js";
import { IdentifiedModel } from "../models/identified.js";
import type { Model, ModelRequest } from "../models/port.js";
import type { ToolSet } from "../tools/tool-set.js";
import { asksRationale, schemaForModel, takeRationale, type Rationale } from "../tools/rationale.js";
import { answerOnRecord, mayBeHeld, proposeAnswer, type AnswerDeps } from "../review/propose-answer.js";
import type { Due, LettersAtWork } from "../review/taking-over.js";
import type { HeardCalls } from "./heard-calls.js";
import { isForbiddenEver, withUnreleased } from "./unreleased.js";
import { saidIn } from "./said.js";
import { scopeOf } from "./scope.js";

export interface AgentDeps extends RecordDeps {
  /** Null under a host, whose conversations nobody leads here. */
  letters: LettersAtWork | null;
  model: Model;
  instructions: string | null;
  newId: NewId;
  rationales: Rationales;
  heard: HeardCalls;
  answers: AnswerDeps;
}

/**
 * What models said of calls that have no row yet, by call id. It stands in no message and in no state, which whoever
 * chats can read; where the process ends in between, there is none, and nothing depends on it.
 */
export type Rationales = Map<string, Rationale>;

/** Asks the model what to do next; while a person leads the conversation, it only writes down what was said. */
export function agentNode(deps: AgentDeps) {
  const usually = askingOf(deps, false);
  const scored = askingOf(deps, true);
  /** Its provider sends probabilities of tokens, so that it need not be asked how sure it is. */
  let sendsTokens = false;
  const hear = (callId: string, rationale: Rationale) => void deps.rationales.set(callId, rationale);

  return async (state: AgentStateValue, config: RunnableConfig): Promise<Partial<AgentStateValue>> => {
    const { leader, letters, notes } = await dueNow(deps, state, config);
    if (leader !== null) return { messages: letters };
    const messages = [...state.messages, ...letters];
    const isHeld = mayBeHeld(deps.answers);
    const after = messages.at(-1)?.id ?? null;
    const kept = isHeld ? await answerOnRecord(deps.answers, scopeOf(config), after) : null;
    if (kept) return { messages: letters, answer: kept };
    if (isHeld && (await isForbiddenEver(deps.answers, scopeOf(config), messages)))
      return { messages: [...letters, new AIMessage({ id: deps.newId(), content: noneAllowed })] };
    const instructions = instructionsWith(deps.instructions, notes);
    const unanswered = unansweredCalls(messages);
    const recorded =
      unanswered.length > 0 ? await answersOnRecord(deps, scopeOf(config), unanswered) : undefined;
    const told = isHeld ? await withUnreleased(deps.answers, scopeOf(config), messages) : messages;
    const history = acceptableHistory(told, recorded);
    const tokens: unknown[] = [];
    const countsWord = !sendsTokens && (deps.answers.policy().routing?.weights.confidence ?? 0) > 0;
    const { model, tools, asked } = countsWord ? scored : usually;
    const answer = await model.invoke([...instructions, ...history], {
      ...config,
      ...(isHeld ? { tags: [...(config.tags ?? []), ...unheard] } : {}),
      request: { tools },
      hear,
      hearTokens: (sent) => void tokens.push(...sent),
    });
    if (tokens.length > 0) sendsTokens = true;
    const message = completed(answer, asked);
    const from = { model: deps.model, instructions: deps.instructions };
    deps.heard.hear(scopeOf(config), callsOf(message), from, tokens);
    if (!isHeld) return { messages: [...letters, message] };
    if (hasThoughts(message.content)) throw thinksAloud(deps.model.name);
    // What it says beside its calls would be read before anybody released it.
    if (callsIn(answer).length > 0) return { messages: [...letters, withoutWords(message)] };
    const pending = await proposeAnswer(deps.answers, scopeOf(config), message.text, after, saidIn(messages));
    return pending ? { messages: letters, answer: pending } : { messages: [...letters, message] };
  };
}

/** @param countsWord the model's own word counts for the score of a call. */
function askingOf({ tools, model, newId }: AgentDeps, countsWord: boolean) {
  const asked = new Set(
    [...tools.values()].filter((tool) => asksRationale(tool, countsWord)).map(({ name }) => name),
  );
  return {
    asked,
    tools: offeredTools(tools, countsWord),
    model: new IdentifiedModel(model, newId, asked),
  };
}

/** The tools as a model is shown them. */
export function offeredTools(tools: ToolSet, countsWord = false): ModelRequest["tools"] {
  return [...tools.values()].map((tool) => ({
    name: tool.name,
    description: tool.description,
    argsSchema: schemaForModel(tool, countsWord),
  }));
}

/** Nobody watches it being written: LangGraph's streams and ours go by these. */
const unheard = ["nostream", "langsmith:nostream", "langsmith:hidden"];

/**
 * Its provider wants thoughts back with the calls they led to, signature and all, and what is sent back stands in the
 * conversation. There whoever chats reads it; and the signature is the whole thought, which the provider opens for anybody.
 */
function thinksAloud(model: string): HoldpointError {
  return new HoldpointError(
    "unsupported",
    `The model ${model} sends its thoughts along, and answers of this agent wait for a person: its thoughts would be read ` +
      "before its answer is released, and without them its provider refuses the conversation. Turn the model's thinking off, or let answers go out unreleased.",
  );
}

const noneAllowed = "Answers were written, and the policy allows none of them.";

/** Of what providers say of a message, what holds no word of it: some send the whole again, or what it rests on. */
const wordless = [
  "finish_reason",
  "finishReason",
  "stop_reason",
  "model",
  "model_name",
  "model_provider",
  "provider_message_id",
  unreadableKey,
];

function withoutWords({ id, tool_calls, response_metadata, usage_metadata }: AIMessage): AIMessage {
  const kept = Object.entries(response_metadata).filter(([key]) => wordless.includes(key));
  return new AIMessage({
    ...(id === undefined ? {} : { id }),
    content: "",
    ...(tool_calls ? { tool_calls } : {}),
    response_metadata: Object.fromEntries(kept),
    ...(usage_metadata ? { usage_metadata } : {}),
  });
}

interface DueHere extends Omit<Due, "letters"> {
  /** Those that the state lacks. */
  letters: BaseMessage[];
}

const nothingDue: DueHere = { leader: null, letters: [], notes: [] };

async function dueNow(
  { letters }: AgentDeps,
  state: AgentStateValue,
  config: RunnableConfig,
): Promise<DueHere> {
  const { tenant, threadId, checkpointNs } = scopeOf(config);
  const run = leaseOf(config)?.run;
  if (!letters || !run || checkpointNs !== "" || letters.foundNone(run)) return nothingDue;
  const due = await letters.due(tenant, threadId);
  const known = new Set(state.messages.map(({ id }) => id));
  const placed = due.letters.filter(({ id }) => known.has(id));
  if (placed.length > 0)
    await letters.placed(
      { tenant, threadId, run },
      placed.map(({ id }) => id),
    );
  return { ...due, letters: messagesOf(due.letters.filter(({ id }) => !known.has(id))) };
}

/** In front of all messages, where every provider takes it, and where nobody who chats can write. */
function instructionsWith(instructions: string | null, notes: Due["notes"]): SystemMessage[] {
  const told = notes.map(
    ({ by, text }) =>
      `A person (${by}) led this conversation for a while and handed it back to you. Their note for you: ${text}`,
  );
  const parts = [...(instructions === null ? [] : [instructions]), ...told];
  return parts.length > 0 ? [new SystemMessage(parts.join("\n\n"))] : [];
}

/**
 * One plain message out of a whole or a merged answer. Calls whose arguments cannot be read stay calls: the model gets
 * its one answer to each, and providers refuse a history in which one is missing.
 */
function completed(answer: AIMessage, asked: ReadonlySet<string>): AIMessage {
  const calls = callsIn(answer).map(({ name, id, args }) => ({
    name,
    id,
    ...args,
    ...own(name, args, asked),
  }));
  const unreadable = calls.flatMap(({ id, unreadable }) =>
    unreadable === undefined ? [] : [[id, unreadable] as const],
  );
  return new AIMessage({
    ...(answer.id === undefined ? {} : { id: answer.id }),
    content: calls.length > 0 ? asText(answer.content) : answer.content,
    tool_calls: calls.map(({ name, id, args }) => ({ name, id, args, type: "tool_call" })),
    response_metadata: {
      ...answer.response_metadata,
      ...(unreadable.length > 0 ? { [unreadableKey]: Object.fromEntries(unreadable) } : {}),
    },
    ...(answer.usage_metadata ? { usage_metadata: answer.usage_metadata } : {}),
  });
}

/** However it was pieced together, no argument of a tool has that name. */
function own(name: string, { args }: ReadArgs, asked: ReadonlySet<string>): Pick<ReadArgs, "args"> {
  return { args: asked.has(name) ? takeRationale(args).args : args };
}

function callsIn(answer: AIMessage): { name: string; id: string; args: ReadArgs }[] {
  const isCut = endsAtLimit(answer.response_metadata ?? {});
  // The pieces' own reading of them is not used: it closes a string or a number that broke off, and the half call runs.
  const written =
    answer instanceof AIMessageChunk ? (answer.tool_call_chunks ?? []) : (answer.invalid_tool_calls ?? []);
  const read = answer instanceof AIMessageChunk ? [] : (answer.tool_calls ?? []);
  return [
    ...read.map(({ name, id = "", args }) => ({ name, id, args: readArgs(args) })),
    ...written.map(({ name = "", id = "", args = "" }) => ({ name, id, args: readWrittenArgs(args, isCut) })),
  ];
}

/** Providers name it differently, and texts in the metadata of two pieces were joined. */
export function endsAtLimit(metadata: Record<string, unknown>): boolean {
  return ["finish_reason", "stop_reason", "finishReason"].some((key) =>
    /length|max_tokens/i.test(String(metadata[key])),
  );
}
