// The page where people decide: a handful of built files, kept in memory. It holds no data and is for anybody; what it
// shows it asks for as its reader.
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context, Hono } from "hono";
import { HoldpointError } from "../kernel/errors.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing from elsewhere is loaded or sent to, whatever a model or a customer wrote; and no page frames this one. */
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export function serveWorkspace(app: Hono): void {
  let built: Promise<Map<string, Uint8Array<ArrayBuffer>>> | null = null;
  const answer = async (c: Context): Promise<Response> => {
    const files = await (built ??= readBuilt());
    const asked = c.req.path.replace(/^\/review\/?/, "");
    // Every other path is one of the page's own, as /review/ID.
    const name = files.has(asked) ? asked : "index.html";
    const body = files.get(name);
    // A thread may be named as a file is.
    const isPlace = !asked.startsWith("assets/") && (extname(asked) === "" || asked.startsWith("threads/"));
    if (!body || (asked !== name && !isPlace)) {
      throw new HoldpointError("not_found", `There is nothing at ${c.req.path}.`);
    }
    return new Response(body, {
      headers: {
        ...headers,
        "content-type": types[extname(name)] ?? "application/octet-stream",
        // The names of assets change with what is in them.
        "cache-control": name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      },
    });
  };
  app.get("/", (c) => c.redirect("/review"));
  app.get("/review", answer);
  app.get("/review/*", answer);
}

/** The build lies beside the compiled code; the sources find it one folder down. */
async function readBuilt(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  for (const place of ["../../workspace/", "../../dist/workspace/"]) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    if (files.length > 0) {
      return new Map(
        await Promise.all(
          files.map(
            async (file) =>
              [
                file.slice(folder.length).replaceAll("\\", "/"),
                new Uint8Array(await readFile(file)),
              ] as const,
          ),
        ),
      );
    }
  }
  return new Map();
}
