import type { Me } from "./api.js";

/** What they may do is offered to nobody else; the server asks again. */
export function isOperator({ kind, roles }: Me): boolean {
  return kind !== "agent" && roles.some((role) => role === "*" || role === "operator");
}
