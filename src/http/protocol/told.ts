import type { ProtocolEvent } from "../contract/protocol.js";

/** An event before it has its place in the thread. */
export interface Told {
  method: ProtocolEvent["method"];
  namespace: readonly string[];
  data: unknown;
  node?: string;
}

/** The namespace of a task, for what happens in it: a subgraph, a model's words, a tool. */
export function taskNamespace(
  of: readonly string[],
  { name, id }: { name: string; id: string },
): readonly string[] {
  return [...of, `${name}:${id}`];
}
