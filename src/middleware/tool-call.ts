// What happens around a call of a tool: it becomes a row, waits where somebody has to decide, and runs once.
import { interrupt } from "@langchain/langgraph";
import type { WrapToolCallHook } from "langchain";
import { actOn, standingOf, type ActDeps, type ActOutcome } from "../execution/act.js";
import { ToolPausedError } from "../execution/outcome.js";
import { messageOf } from "../kernel/errors.js";
import { hashJson } from "../kernel/json.js";
import { parkedHold } from "../review/hold.js";
import { propose } from "../review/propose.js";
import type { TaskScope } from "../review/types.js";
import { bindTool } from "./bound-tool.js";
import { findCall, type FoundCall } from "./calls.js";
import type { HeardCalls } from "./heard-calls.js";
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
    for (;;) {
      const outcome = await started.atWork(actOrPark(deps, acting, scope, found, request.runtime));
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
): Promise<ActOutcome> {
  try {
    if (written && deps.heard.has(scope, written)) {
      // Equal calls before it in its message make it a possible repeat.
      const equal = siblings.filter(
        (one) => one.callIndex < call.callIndex && one.tool === call.tool && sameArgs(one, written),
      );
      await propose(acting, scope, [...equal, call]);
      deps.heard.forget(scope, written);
    }
    const standing = await standingOf(acting, scope, call);
    // A tool that paused asked something itself, and is owed the answer. Whatever else came with a resume only woke us.
    if (!standing.execution?.paused) dropAnswers(runtime);
    return await actOn(acting, scope, call, standing);
  } catch (error) {
    if (error instanceof ToolPausedError) throw error.cause;
    // Whether it ran is on record or will be; until that can be read, nobody may be told anything.
    dropAnswers(runtime);
    const when = "when the thread is resumed";
    return { kind: "waiting", hold: parkedHold(call.tool, call.callId, messageOf(error), when) };
  }
}

function sameArgs(a: FoundCall["call"], b: FoundCall["call"]): boolean {
  return hashJson(a.args) === hashJson(b.args);
}
