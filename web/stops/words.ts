import type { Stop, StopRequest } from "../api.js";

/** What a stop is of. */
export type Stoppable = Pick<StopRequest, "kind" | "name">;

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
