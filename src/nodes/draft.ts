import { isHumanMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { wholeDraft, type Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import { callsOf, lastModelMessage } from "../graph/calls.js";
import { pendingAnswer } from "../graph/routes.js";
import type { AgentStateValue } from "../graph/state.js";
import { askForBlocks, wordsOf } from "../models/drafting.js";
import type { Model } from "../models/port.js";
import type { DraftStore } from "../review/drafts.js";
import { actionIdOf, type ProposeDeps } from "../review/propose.js";
import { callOf, type AnswerDeps } from "../review/propose-answer.js";
import { revisionOf } from "../review/revise.js";
import type { ProposedCall, Review } from "../review/types.js";
import { scopeOf } from "./scope.js";

export interface DraftNodeDeps extends ProposeDeps {
  drafts: DraftStore;
  model: Model;
  instructions: string | null;
  answers: AnswerDeps;
}

const patienceMs = 90_000;

/**
 * Has the agent put the words of its calls into blocks, all calls at once, and checks each block against what is known.
 * Nothing depends on it: where the model fails, all of the words stay uncertain, and a person reads them.
 */
export function draftNode(deps: DraftNodeDeps) {
  return async (state: AgentStateValue, config: RunnableConfig): Promise<Pick<AgentStateValue, "routed">> => {
    const scope = scopeOf(config);
    const { messages, routed } = state;
    const results = await deps.drafts.results(scope.tenant, scope.threadId);
    const sources = sourcesOf(deps.instructions, messages, results);
    await Promise.all(
      draftedIn(state).map(async (call) => {
        const standing = await deps.store.standing(scope.tenant, actionIdOf(scope, call));
        if (standing?.review?.draft?.isWriting)
          await write(deps, standing.review, standing.review.draft, sources);
      }),
    );
    return { routed };
  };
}

function draftedIn(state: AgentStateValue): ProposedCall[] {
  const pending = pendingAnswer(state);
  if (pending) return [callOf(pending)];
  const message = lastModelMessage(state.messages);
  const drafted = new Set(
    state.routed.filter(({ route }) => route === "draft").map(({ callIndex }) => callIndex),
  );
  return message ? callsOf(message).filter(({ callIndex }) => drafted.has(callIndex)) : [];
}

/** Only what was written by people, and what our own rows say that tools answered: no word of the agent itself. */
export function sourcesOf(
  instructions: string | null,
  messages: readonly BaseMessage[],
  results: readonly Source[],
): Source[] {
  return [
    ...(instructions === null ? [] : [{ from: "instructions", text: instructions }]),
    ...messages.filter((message) => isHumanMessage(message)).map(({ text }) => ({ from: "user", text })),
    ...results,
  ];
}

async function write(
  deps: DraftNodeDeps,
  review: Review,
  draft: Draft,
  sources: readonly Source[],
): Promise<void> {
  const judge = { tools: review.kind === "reply" ? deps.answers.tools : deps.tools, policy: deps.policy };
  const blocks = await blocksFor(deps, review, draft.field, sources);
  const written = { ...draft, blocks: blocks ?? draft.blocks, isWriting: false };
  const made = revisionOf(judge, review, written, null, []);
  // Words that its tool does not take, or the policy forbids, are not put in the place of those that were proposed.
  const revision = made.ok ? made : revisionOf(judge, review, asProposed(review, draft), null, []);
  if (revision.ok) await deps.drafts.revise(review.tenant, revision.value);
}

function asProposed({ args }: Review, { field }: Draft): Draft {
  return wholeDraft(
    field,
    wordsOf({ args, field }),
    "The agent's blocks could not be taken, so this is what it proposed.",
    false,
  );
}

async function blocksFor(
  { model, instructions }: DraftNodeDeps,
  review: Review,
  field: string,
  sources: readonly Source[],
): Promise<Draft["blocks"] | null> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const blocks = await unlessAborted(
      signal,
      askForBlocks({ model, instructions, signal }, { ...review, field }, sources),
    );
    // It brings dictionaries that take long to read: a process that drafts nothing starts without them.
    const { groundedIn } = await import("../drafting/grounding.js");
    return groundedIn(sources, blocks);
  } catch {
    // Its provider's fault is no fault of the call, which waits for a person in either case.
    return null;
  }
}

/** A model need not listen to its signal. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}
