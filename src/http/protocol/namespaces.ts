// The channel `lifecycle`, below the run itself: the namespaces that something was told of. Each begins when it is first
// heard of, and ends with its task or with the run.
import type { Told } from "./told.js";

export type Ending = "completed" | "failed" | "interrupted";

export interface Namespaces {
  /** With the beginnings of those that it is the first word from. */
  introduced(told: readonly Told[]): Told[];
  end(namespace: readonly string[], as: Ending): Told[];
  /** All that have not ended, the innermost first. Should more be heard of one, it begins anew. */
  endAll(as: Ending): Told[];
}

export function createNamespaces(): Namespaces {
  const known = new Set<string>();
  const live = new Map<string, readonly string[]>();

  const begin = (namespace: readonly string[]): Told[] =>
    namespace.flatMap((_, index) => {
      const outer = namespace.slice(0, index + 1);
      const key = keyOf(outer);
      if (known.has(key)) return [];
      known.add(key);
      live.set(key, outer);
      return [lifecycle(outer, "started")];
    });

  const end = (namespace: readonly string[], as: Ending): Told[] =>
    live.delete(keyOf(namespace)) ? [lifecycle(namespace, as)] : [];

  return {
    introduced: (told) => told.flatMap((one) => [...begin(one.namespace), one]),
    end,
    endAll(as) {
      const ended = [...live.values()].toReversed().flatMap((namespace) => end(namespace, as));
      known.clear();
      return ended;
    },
  };
}

function lifecycle(namespace: readonly string[], event: "started" | Ending): Told {
  return {
    method: "lifecycle",
    namespace,
    data: { event, graph_name: namespace.at(-1)?.split(":")[0] ?? "" },
  };
}

function keyOf(namespace: readonly string[]): string {
  return namespace.join("|");
}
