// What an answer is read against: a hold, as its thread shows it.
import type { JsonObject } from "../../kernel/json.js";
import type { PendingHold } from "../../runs/resume.js";

export interface ShownHold {
  interruptId: string;
  reviewId: string;
  /** May it run, or did it happen? */
  kind: "review" | "settle";
  title: string;
  tool: string;
  args: JsonObject;
  /** An answer is bound to it. */
  argsHash: string;
  argsSchema: JsonObject;
}

/** The holds that somebody can decide: what met a fault is tried again by itself. */
export function shownHolds(pending: readonly PendingHold[]): ShownHold[] {
  return pending.flatMap(({ interruptId, hold }): ShownHold[] => {
    const { reviewId, kind, title, argsHash } = hold.holdpoint;
    if (reviewId === null) return [];
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
        kind: kind === "settle" ? "settle" : "review",
        title,
        tool,
        args,
        argsHash,
        argsSchema,
      },
    ];
  });
}
