// A request's body as JSON: bounded while it arrives, and of text that can be stored.
import { HoldpointError } from "../kernel/errors.js";

export const maxBodyBytes = 1024 * 1024;
const maxDepth = 100;

export async function readJson(request: Request): Promise<unknown> {
  const text = decode(await readBytes(request));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(
      text === ""
        ? "The body is empty"
        : `The body is not JSON: ${error instanceof Error ? error.message : ""}`,
    );
  }
  refuseUnstorable(value);
  return value;
}

/** For a route that reads none. Some clients send `{}` in its place; what says more would be taken for heard. */
export async function refuseBody(request: Request): Promise<void> {
  const seen = request.method === "GET" ? announced(request) : saidBy(decode(await readBytes(request)));
  if (seen === null) return;
  throw new HoldpointError(
    "request_invalid",
    `${request.method} ${new URL(request.url).pathname} reads no body, and was sent ${seen}. Nothing of it would be heard: send no body, or {}.`,
    { details: { errors: [{ path: "", message: `is not read here, and was ${seen}` }] } },
  );
}

/** The body of a GET cannot be read; how long it is stands in its headers. */
function announced({ headers }: Request): string | null {
  const length = Number(headers.get("content-length") ?? 0);
  if (headers.has("transfer-encoding")) return "one of unknown length";
  return length > "{}".length ? `one of ${length} bytes` : null;
}

function saidBy(text: string): string | null {
  if (text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "a body that is not JSON";
  }
  if (typeof value !== "object" || value === null) return `the JSON ${text.trim().slice(0, 100)}`;
  if (Array.isArray(value)) return "a list";
  const fields = Object.keys(value);
  return fields.length === 0 ? null : `the fields ${fields.slice(0, 20).join(", ").slice(0, 500)}`;
}

/** Reads no further than the limit, whatever the headers say: a chunked body names no length. */
async function readBytes(request: Request): Promise<Uint8Array[]> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (!next || next.done) return chunks;
    const chunk = next.value as Uint8Array;
    size += chunk.byteLength;
    if (size > maxBodyBytes) {
      void reader?.cancel().catch(() => {});
      throw tooLarge();
    }
    chunks.push(chunk);
  }
}

function decode(chunks: Uint8Array[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw notJson("The body is not UTF-8");
  }
}

/**
 * NUL and half surrogate pairs have no place in Postgres; nesting without end has none anywhere. A key `__proto__` would
 * be left out by who reads by a schema, and taken for a prototype by who copies it key by key.
 */
function refuseUnstorable(root: unknown): void {
  const open: { value: unknown; path: string; depth: number }[] = [{ value: root, path: "", depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, depth } = next;
    if (depth > maxDepth) throw unstorable(path.slice(0, 100), `is nested more than ${maxDepth} deep`);
    if (typeof value === "string") refuseText(value, path);
    if (typeof value !== "object" || value === null) continue;
    for (const [key, item] of Object.entries(value)) {
      if (!Array.isArray(value)) refuseText(key, path);
      if (key === "__proto__") throw unstorable(path, "has a key __proto__");
      open.push({ value: item, path: path === "" ? key : `${path}.${key}`, depth: depth + 1 });
    }
  }
}

function refuseText(text: string, path: string): void {
  if (text.includes("\0")) throw unstorable(path, "holds a NUL character");
  if (!text.isWellFormed()) throw unstorable(path, "holds half of a surrogate pair");
}

function unstorable(path: string, what: string): HoldpointError {
  return new HoldpointError(
    "request_invalid",
    `${path === "" ? "The body" : path} ${what}, which cannot be stored.`,
    {
      details: { errors: [{ path, message: what }] },
    },
  );
}

function notJson(why: string): HoldpointError {
  return new HoldpointError("request_not_json", `${why}. Send a JSON object.`);
}

function tooLarge(): HoldpointError {
  return new HoldpointError("request_too_large", `The body is larger than ${maxBodyBytes} bytes.`, {
    details: { maxBodyBytes },
  });
}
