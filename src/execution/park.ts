import { messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { parkedHold } from "../review/hold.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import type { ActOutcome } from "./act.js";

/**
 * A call met a fault, as a lost database: it waits and is tried again. Which fault is for the log: the hold is read by
 * whoever chats, and kept in checkpoints.
 */
export function park(
  { log }: { log: Log },
  { threadId }: TaskScope,
  { tool, callId }: ProposedCall,
  fault: unknown,
  when?: string,
): ActOutcome {
  // A process that stops lets go of its calls, and that is no fault.
  if (!(fault instanceof Error && fault.name === "AbortError"))
    log.warn("a call met a fault and waits", { threadId, tool, callId, error: messageOf(fault) });
  return { kind: "waiting", hold: parkedHold(tool, callId, when) };
}
