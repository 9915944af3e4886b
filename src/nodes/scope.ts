import type { RunnableConfig } from "@langchain/core/runnables";
import { leaseOf } from "../kernel/lease.js";
import { defaultTenant, type Principal } from "../kernel/principal.js";
import type { TaskScope } from "../review/types.js";

/** Who drives a graph under a host whose callers we cannot know. It holds no role, so it decides nothing. */
const host: Principal = { id: "host", kind: "service", roles: [], tenant: defaultTenant };

/** The tenant, thread and caller of the running task. The thread is the one that runs, not one that state names. */
export function scopeOf(config: RunnableConfig): TaskScope {
  const lease = leaseOf(config);
  const threadId: unknown = config.configurable?.["thread_id"];
  if (typeof threadId !== "string" || threadId === "") {
    throw new Error(
      "The graph runs without a thread_id. A hold must outlive the process, so it needs a thread to stand in.",
    );
  }
  return {
    tenant: lease?.tenant ?? defaultTenant,
    threadId,
    checkpointNs: graphNamespace(config.configurable?.["checkpoint_ns"]),
    principal: lease?.principal ?? host,
    runId: lease?.run?.id ?? null,
  };
}

/** A task's namespace ends in its own node and task id; what comes before is the graph it belongs to. */
export function graphNamespace(taskNamespace: unknown): string {
  return typeof taskNamespace === "string" ? taskNamespace.split("|").slice(0, -1).join("|") : "";
}
