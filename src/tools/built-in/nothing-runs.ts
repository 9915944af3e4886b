import { HoldpointError } from "../../kernel/errors.js";

/** What a call of such a tool is for is a person's answer, and that is decided, not run. */
export function nothingRuns(): never {
  throw new HoldpointError("tool_invalid", "Only a person answers this call; there is nothing to run.");
}
