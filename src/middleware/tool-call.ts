// What happens around a call of a tool: it becomes a row, waits where somebody has to decide, and runs once.
import type { BaseMessage } from "@langchain/core/messages";
import { interrupt } from "@langchain/langgraph";
import type { WrapToolCallHook } from "langchain";
import type { Draft } from "../drafting/block.js";
import { actOn, standingOf, type ActDeps, type ActOutcome } from "../execution/act.js";
import { park } from "../execution/park.js";
import { ToolPausedError } from "../execution/outcome.js";
import { conversationOf, sourcesOf } from "../nodes/conversation.js";
import { saidIn } from "../nodes/said.js";
import { writeDraft } from "../nodes/write-draft.js";
import { hashJson } from "../kernel/json.js";
import { propose } from "../review/propose.js";
import type { Review, TaskScope } from "../review/types.js";
import { bindTool } from "./bound-tool.js";
import { findCall, type FoundCall } from "./calls.js";
import type { HeardCalls, HeardFrom } from "../nodes/heard-calls.js";
import type { KnownTools } from "./known-tools.js";
import { dropAnswers } from "./resume-values.js";
import type { ScopeOf, TaskRuntime } from "./scope.js";
import type { Started } from "./started.js";
import { toolAnswer } from "./tool-answer.js";

export interface ToolCallDeps {
  ready(): Promise<Started>;
  scopeOf: ScopeOf;
  tools: KnownTools;
  heard: HeardCalls;
}

/**
 * As the agent graph's own node, it runs again from the top on each resume, and what the resume carries is not looked
 * at: the row decides.
 */
export function toolCall(deps: ToolCallDeps): WrapToolCallHook {
  return async (request, handler) => {
    const started = await deps.ready();
    const scope = deps.scopeOf(request.runtime);
    const found = findCall(request.toolCall, request.state.messages);
    const known = deps.tools.of(request.tool);
    const bound = known && bindTool(known, request, handler);
    const acting = { ...started.acting, tools: new Map(bound ? [[bound.tool.name, bound.tool]] : []) };
    const drafts = { ...started, messages: request.state.messages };
    for (;;) {
      const outcome = await started.atWork(actOrPark(deps, acting, scope, found, request.runtime, drafts));
      if (outcome.kind === "answered") {
        return toolAnswer(scope, found.call, outcome, bound?.made() ?? null);
      }
      // Throws to pause; nothing around it may catch.
      interrupt(outcome.hold);
    }
  };
}

async function actOrPark(
  deps: ToolCallDeps,
  acting: ActDeps,
  scope: TaskScope,
  { call, written, siblings }: FoundCall,
  runtime: TaskRuntime,
  drafts: DraftsHere,
): Promise<ActOutcome> {
  try {
    const heard = written ? deps.heard.from(scope, written) : undefined;
    if (written && heard) {
      // Equal calls before it in its message make it a possible repeat.
      const equal = siblings.filter(
        (one) => one.callIndex < call.callIndex && one.tool === call.tool && sameArgs(one, written),
      );
      const { instructions, model, certainty } = heard;
      await propose(acting, scope, [...equal, { ...call, certainty }], {
        madeBy: model && { model: model.name, instructions, others: [] },
        said: saidIn(drafts.messages),
        isDraftedNext: model !== null,
        conversation: (answers) => conversationOf(instructions, drafts.messages, answers),
      });
      deps.heard.forget(scope, written);
    }
    let standing = await standingOf(acting, scope, call);
    const { review } = standing;
    if (review?.draft?.isWriting) {
      await writeWords(drafts, acting, scope, review, review.draft, heard);
      standing = await standingOf(acting, scope, call);
    }
    // A tool that paused asked something itself, and is owed the answer. Whatever else came with a resume only woke us.
    if (!standing.execution?.paused) dropAnswers(runtime);
    return await actOn(acting, scope, call, standing);
  } catch (error) {
    if (error instanceof ToolPausedError) throw error.cause;
    // Whether it ran is on record or will be; until that can be read, nobody may be told anything.
    dropAnswers(runtime);
    return park(acting, scope, call, error, "when the thread is resumed");
  }
}

type DraftsHere = Pick<Started, "drafts" | "draftTimeoutMs"> & { messages: readonly BaseMessage[] };

/**
 * Puts words for people into blocks, as the agent graph's node does, by the model that wrote them. Where a process ended
 * before they were, there is none to ask, and all of them stay uncertain.
 */
async function writeWords(
  { drafts, draftTimeoutMs, messages }: DraftsHere,
  acting: ActDeps,
  { tenant, threadId }: TaskScope,
  review: Review,
  draft: Draft,
  heard: HeardFrom = { model: null, instructions: null },
): Promise<void> {
  const sources = sourcesOf(heard.instructions, messages, await drafts.results(tenant, threadId));
  await writeDraft(
    { ...heard, judge: acting, store: acting.store, drafts, draftTimeoutMs },
    review,
    draft,
    sources,
  );
}

function sameArgs(a: FoundCall["call"], b: FoundCall["call"]): boolean {
  return hashJson(a.args) === hashJson(b.args);
}
