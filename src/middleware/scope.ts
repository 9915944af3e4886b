import { HoldpointError } from "../kernel/errors.js";
import { checkThreadId } from "../kernel/ids.js";
import { defaultTenant, personNamed, type Principal } from "../kernel/principal.js";
import { graphNamespace } from "../nodes/scope.js";
import type { TaskScope } from "../review/types.js";
import type { HoldpointMiddlewareOptions } from "./options.js";

/** Of a running task, all that is read: which thread it is, and for whom its caller says it acts. */
export interface TaskRuntime {
  configurable?: Record<string, unknown>;
}

export type ScopeOf = (runtime: TaskRuntime) => TaskScope;

/** The tenant is the developer's word. Nothing that a caller can put into its config or context opens anything. */
export function scopeReader({
  tenant = defaultTenant,
  principal: given = { id: "agent", kind: "service" },
}: Pick<HoldpointMiddlewareOptions, "tenant" | "principal">): ScopeOf {
  return ({ configurable = {} }) => {
    const { id, kind = "person", subject } = typeof given === "function" ? given(configurable) : given;
    const principal: Principal = {
      id,
      kind,
      roles: [],
      tenant,
      ...(subject === undefined ? {} : { subject: personNamed(subject) }),
    };
    return {
      tenant,
      threadId: threadIn(configurable),
      checkpointNs: graphNamespace(configurable["checkpoint_ns"]),
      principal,
      runId: null,
    };
  };
}

function threadIn({ thread_id: threadId }: Record<string, unknown>): string {
  if (typeof threadId !== "string" || threadId === "") {
    throw new HoldpointError(
      "request_invalid",
      "The agent runs without a thread_id, so nothing could be held in it. Call it with " +
        '{ configurable: { thread_id: "…" } }, and give createAgent a checkpointer.',
    );
  }
  checkThreadId(threadId);
  return threadId;
}
