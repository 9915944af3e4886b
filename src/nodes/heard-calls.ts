import { actionIdOf } from "../review/propose.js";
import type { ProposedCall, TaskScope } from "../review/types.js";
import { certaintiesOf } from "../models/certainty.js";
import type { Model } from "../models/port.js";
import { hashJson } from "../kernel/json.js";
import { RecentMap } from "../kernel/recent-map.js";

/** The agent's own model, which may be asked about words of its calls, and its instructions. */
export interface HeardFrom {
  /** Null for one that cannot be asked past its agent. */
  model: Model | null;
  instructions: string | null;
}

/** @param certainty how likely the model found the arguments, from 0 to 1, where its provider tells. */
export interface HeardCall extends HeardFrom {
  certainty: number | null;
}

/**
 * The calls that this process heard its model make. Anybody who can write to a thread can put a model's message into
 * it: a call that is not among these earns nothing by what the model's own have shown, and under LangChain's agents, which
 * write no row for it beforehand, it is held, however harmless its tool is.
 */
export interface HeardCalls {
  /** @param tokens those of the model's message, as `tokensIn` found them */
  hear(scope: TaskScope, calls: readonly ProposedCall[], from: HeardFrom, tokens: readonly unknown[]): void;
  /** Whose call it is; undefined where it was not heard. */
  from(scope: TaskScope, call: ProposedCall): HeardCall | undefined;
  /** Whose call was heard last. */
  last(): HeardFrom | null;
  /** It has its row now. */
  forget(scope: TaskScope, call: ProposedCall): void;
}

/** More than are ever between a model's answer and its tools; what is forgotten is held. */
const capacity = 10_000;

export function createHeardCalls(): HeardCalls {
  const heard = new RecentMap<string, HeardCall>(capacity);
  let last: HeardFrom | null = null;
  const nameOf = (scope: TaskScope, call: ProposedCall): string =>
    `${actionIdOf(scope, call)} ${call.tool} ${hashJson(call.args)}`;
  return {
    hear(scope, calls, from, tokens) {
      last = from;
      const certainties = certaintiesOf(tokens, calls);
      for (const [index, call] of calls.entries())
        heard.set(nameOf(scope, call), { ...from, certainty: certainties[index] ?? null });
    },
    from: (scope, call) => heard.get(nameOf(scope, call)),
    last: () => last,
    forget(scope, call) {
      heard.delete(nameOf(scope, call));
    },
  };
}
