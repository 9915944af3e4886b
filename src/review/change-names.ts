// How reviews of changes of a policy are told from those of calls.

/** Under which name changes stand that concern this agent, and others with the same policy. No graph is named so. */
export function changesOf(agent: string): string {
  return `${prefix}${agent}`;
}

export function isNameOfChanges(graphId: string): boolean {
  return graphId.startsWith(prefix);
}

const prefix = "policy:";

/** It is made where it was written, so nobody edits it. */
export const answersToChange = ["approve", "reject"] as const;
