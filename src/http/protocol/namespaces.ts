// The channel `lifecycle`, below the run itself: the namespaces that something was told of. Each begins when it is first
// heard of, and ends with its task or with the run.
import type { Told } from "./told.js";

export type Ending = "completed" | "failed" | "interrupted";

export interface Namespaces {
  /** What is told, with the beginnings of those that it is the first word from; ends of what never began are left out. */
  inOrder(told: readonly Told[]): Told[];
  /** The ends of all that have not ended, the innermost first. */
  ends(as: Ending): Told[];
}

export function createNamespaces(): Namespaces {
  const live = new Map<string, readonly string[]>();

  const begin = (namespace: readonly string[]): Told[] =>
    namespace.flatMap((_, index) => {
      const outer = namespace.slice(0, index + 1);
      const key = keyOf(outer);
      if (live.has(key)) return [];
      live.set(key, outer);
      return [lifecycle(outer, "started")];
    });

  return {
    inOrder: (told) =>
      told.flatMap((one) => {
        if (one.method !== "lifecycle") return [...begin(one.namespace), one];
        return live.delete(keyOf(one.namespace)) ? [one] : [];
      }),
    ends: (as) => [...live.values()].toReversed().map((namespace) => lifecycle(namespace, as)),
  };
}

export function lifecycle(namespace: readonly string[], event: "started" | Ending): Told {
  return {
    method: "lifecycle",
    namespace,
    data: { event, graph_name: namespace.at(-1)?.split(":")[0] ?? "" },
  };
}

function keyOf(namespace: readonly string[]): string {
  return namespace.join("|");
}
