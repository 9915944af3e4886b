import type { Me, Stop, StopRequest } from "../api.js";

/** What a stop is of. */
export type Stoppable = Pick<StopRequest, "kind" | "name">;

/** Others see what is stopped, and can do nothing about it. */
export function mayStop({ kind, roles }: Me): boolean {
  return kind !== "agent" && roles.some((role) => role === "*" || role === "operator");
}

export function nameOf({ kind, name }: Stoppable | Stop): string {
  switch (kind) {
    case "agent":
    case "tool":
      return `the ${kind} ${name ?? ""}`;
    case "tenant":
      return "all agents here";
    case "all":
      return "everything";
  }
}
