// A call whose run was stopped before it had its answer. What became of it stands on record: a tool at work is not cut off
// with its run. Nothing is done here.
import { actionIdOf, proposedHash } from "../review/propose.js";
import type { ReviewStore, Standing } from "../review/store.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import type { ToolSet } from "../tools/tool-set.js";
import { answer, endedWithoutRunning, notAgain, notRun, ran, refused, type Answered } from "./answers.js";

export interface RecordDeps {
  store: Pick<ReviewStore, "standing">;
  tools: ToolSet;
}

/** By call id; a call that is not on record in this thread, or as another one, has none. */
export async function answersOnRecord(
  { store, tools }: RecordDeps,
  scope: TaskScope,
  calls: readonly ProposedCall[],
): Promise<Map<string, Answered>> {
  const found = await Promise.all(
    calls.map(async (call): Promise<[string, Answered][]> => {
      const standing = await store.standing(scope.tenant, actionIdOf(scope, call));
      return standing && isOf(standing, tools, call) ? [[call.callId, answerOf(standing)]] : [];
    }),
  );
  return new Map(found.flat());
}

function isOf({ action }: Standing, tools: ToolSet, call: ProposedCall): boolean {
  // Without its tool nothing can be parsed as it was.
  return (
    action.tool === call.tool && (!tools.has(call.tool) || action.argsHash === proposedHash(tools, call))
  );
}

function answerOf({ action, review, execution }: Standing): Answered {
  switch (execution?.state) {
    case "succeeded":
    case "failed":
      return ran(action, execution);
    case "unknown":
      return answer(
        "error",
        `It was attempted, and nobody knows whether it happened: ${execution.error ?? "no answer came"} A person is asked. ${notAgain}`,
      );
    case "claimed":
      return answer("error", `It was begun and has not ended yet; what came of it is not known. ${notAgain}`);
    case undefined:
      break;
  }
  if (action.assessment.route === "refuse") return refused(action);
  if (review?.status === "open" || review?.status === "claimed")
    return notRun(`${review.title}: it waits for a person's decision`);
  return (
    (review && endedWithoutRunning(review)) ?? notRun("The run that made this call was stopped before it ran")
  );
}
