import { actionIdOf } from "../review/propose.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import { hashJson } from "../kernel/json.js";
import { RecentMap } from "../storage/recent-map.js";

/**
 * The calls that this process heard its model make. Anybody who can write to a thread can put a model's message into
 * it; a call that is not among these, and has no row yet, is held, however harmless its tool is.
 */
export interface HeardCalls {
  hear(scope: TaskScope, calls: readonly ProposedCall[]): void;
  has(scope: TaskScope, call: ProposedCall): boolean;
  /** It has its row now. */
  forget(scope: TaskScope, call: ProposedCall): void;
}

/** More than are ever between a model's answer and its tools; what is forgotten is held. */
const capacity = 10_000;

export function createHeardCalls(): HeardCalls {
  const heard = new RecentMap<string, true>(capacity);
  const nameOf = (scope: TaskScope, call: ProposedCall): string =>
    `${actionIdOf(scope, call)} ${call.tool} ${hashJson(call.args)}`;
  return {
    hear(scope, calls) {
      for (const call of calls) heard.set(nameOf(scope, call), true);
    },
    has: (scope, call) => heard.has(nameOf(scope, call)),
    forget(scope, call) {
      heard.delete(nameOf(scope, call));
    },
  };
}
