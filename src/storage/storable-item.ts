// What the store can keep: graphs hand it whatever a program can make.
import { HoldpointError } from "../kernel/errors.js";

// An index entry has to fit on a third of a page.
const maxPlaceBytes = 2_000;

/** Throws `request_invalid` where nothing can be kept under this namespace and key. */
export function checkPlace(namespace: readonly string[], key: string): void {
  checkLabels(namespace);
  if (namespace.length === 0 || namespace[0] === "langgraph")
    throw new HoldpointError(
      "request_invalid",
      `A namespace has at least one label, and the first is not "langgraph", which is LangGraph's own; this one is ` +
        `${JSON.stringify(namespace)}.`,
    );
  checkText(key);
  if (Buffer.byteLength(JSON.stringify([namespace, key])) > maxPlaceBytes)
    throw new HoldpointError(
      "request_invalid",
      `A namespace and key are together longer than ${maxPlaceBytes} bytes.`,
    );
}

/** Also of what is only looked for: `["a.b"]` would find what lies under `["a", "b"]`. */
export function checkLabels(labels: readonly string[]): void {
  for (const label of labels) {
    if (typeof label !== "string" || label === "" || label.includes("."))
      throw new HoldpointError(
        "request_invalid",
        `${JSON.stringify(label)} is no label of a namespace: a label is a text that is not empty and has no dot.`,
      );
    checkText(label);
  }
}

function checkText(text: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  throw new HoldpointError("request_invalid", "A namespace or key holds a NUL or half of a surrogate pair.");
}

/** A value as JSON; what a graph puts here comes from a program and may be anything. */
export function jsonOf(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new HoldpointError(
      "request_invalid",
      "What is stored is an object; its fields can then be asked for.",
    );
  const text = JSON.stringify(value);
  // A NUL and half of a surrogate pair stand in JSON text as escapes, unless their backslash is escaped itself.
  if (/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(text))
    throw new HoldpointError("request_invalid", "The value holds a NUL or half of a surrogate pair.");
  return text;
}
