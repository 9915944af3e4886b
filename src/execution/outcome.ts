// What a tool's end means. A throw is the tool's word that it failed; what broke off after the request may have left
// is unknown, and only a person may turn unknown into anything else.
import { canonicalJson, parseJsonValue } from "../kernel/json.js";

/** For authors of tools: thrown when the request left and no answer came. The call is then settled by a person. */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";
}

/**
 * The tool stopped to ask something itself, before it made its effect, and is to be called again from its beginning.
 * Thrown by what runs tools in a graph of its own, with what has to reach that graph as its cause.
 */
export class ToolPausedError extends Error {
  override readonly name = "ToolPausedError";
}

// Faults of a connection that was up: the request may have arrived. ECONNREFUSED and ENOTFOUND are not among them.
const brokeOffCodes = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ECONNABORTED",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_ABORTED",
]);

export function isOutcomeUnknown(thrown: unknown): boolean {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 10; error = error.cause, depth += 1) {
    if (["AbortError", "TimeoutError", "OutcomeUnknownError"].includes(error.name)) return true;
    if ("code" in error && typeof error.code === "string" && brokeOffCodes.has(error.code)) return true;
  }
  return false;
}

/** Characters of a result that the record and the model get; a longer one is cut and says so. */
export const maxResultLength = 200_000;

/** A tool's result as the text the model is told. A result that cannot be written down is still a success. */
export function resultText(result: unknown): string {
  const text = writeDown(result);
  if (text.length <= maxResultLength) return text;
  return `${text.slice(0, maxResultLength)}\n[cut: ${text.length - maxResultLength} of ${text.length} characters are not shown]`;
}

function writeDown(result: unknown): string {
  if (result === undefined || result === null) return "Done.";
  if (typeof result === "string") return result;
  try {
    return canonicalJson(parseJsonValue(result));
  } catch {
    try {
      return JSON.stringify(result) ?? "Done. The tool's result has no text form.";
    } catch {
      return "Done. The tool's result could not be written down.";
    }
  }
}
