// What an answer is read against: a hold, as its thread shows it.
import type { JsonObject } from "../../kernel/json.js";
import type { ReviewKind } from "../../review/types.js";
import type { PendingHold } from "../../runs/resume.js";

export interface ShownHold {
  interruptId: string;
  reviewId: string;
  /** May it run, did it happen, or what does the agent ask? */
  kind: Exclude<ReviewKind, "question">;
  title: string;
  tool: string;
  args: JsonObject;
  /** An answer is bound to it. */
  argsHash: string;
  argsSchema: JsonObject;
}

export function isAsked({ kind }: Pick<ShownHold, "kind">): boolean {
  return kind === "ask" || kind === "handover";
}

/** The holds that somebody can decide: what met a fault is tried again by itself. */
export function shownHolds(pending: readonly PendingHold[]): ShownHold[] {
  return pending.flatMap(({ interruptId, hold }): ShownHold[] => {
    const { reviewId, kind, title, argsHash } = hold.holdpoint;
    if (reviewId === null || kind === "parked" || kind === "question") return [];
    // An interrupt is the agent's own word, so it has what `holdOf` puts into it.
    const { actionRequests, reviewConfigs } = hold as unknown as {
      actionRequests: [{ name: string; args: JsonObject }];
      reviewConfigs: [{ argsSchema: JsonObject }];
    };
    const [{ name: tool, args }] = actionRequests;
    const [{ argsSchema }] = reviewConfigs;
    return [
      {
        interruptId,
        reviewId,
        kind,
        title,
        tool,
        args,
        argsHash,
        argsSchema,
      },
    ];
  });
}
