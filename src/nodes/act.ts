import { ToolMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { interrupt } from "@langchain/langgraph";
import { act, type ActDeps, type ActOutcome } from "../execution/act.js";
import { park } from "../execution/park.js";
import { sha256 } from "../kernel/json.js";
import { actionIdOf } from "../review/propose.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import { scopeOf } from "./scope.js";

/**
 * The one function behind `hold`, `execute` and `refuse`; the node's name only says what was expected.
 * It never throws: LangGraph aborts the siblings of a task that does. It runs again from the top on each resume, and
 * what the resume carries is not looked at: the row decides.
 */
export function actNode(deps: ActDeps) {
  return async (call: ProposedCall, config: RunnableConfig): Promise<{ messages: ToolMessage[] }> => {
    const scope = scopeOf(config);
    for (;;) {
      const outcome = await actOrPark(deps, scope, call);
      if (outcome.kind === "answered") return { messages: [toolMessage(scope, call, outcome)] };
      // Throws to pause; nothing around it may catch.
      interrupt(outcome.hold);
    }
  };
}

async function actOrPark(deps: ActDeps, scope: TaskScope, call: ProposedCall): Promise<ActOutcome> {
  try {
    return await act(deps, scope, call);
  } catch (error) {
    // Whether it ran is on record or will be; until that can be read, nobody may be told anything.
    return park(deps, scope, call, error);
  }
}

/** Its id follows from the action, so that a rerun replaces its message instead of adding one. */
function toolMessage(
  scope: TaskScope,
  call: ProposedCall,
  outcome: Extract<ActOutcome, { kind: "answered" }>,
): ToolMessage {
  return new ToolMessage({
    id: `answer-${sha256(actionIdOf(scope, call)).slice(0, 32)}`,
    tool_call_id: call.callId,
    name: call.tool,
    status: outcome.status,
    content: outcome.text,
  });
}
