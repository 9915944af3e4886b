// What the server says about itself.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { HoldpointError } from "../kernel/errors.js";
import type { HttpDeps } from "./deps.js";
import type { Handlers } from "./mount.js";
import { openApiDocument } from "./openapi.js";

const healthMs = 3_000;

export function metaHandlers({ runtime }: HttpDeps): Handlers<"ok" | "health" | "info" | "me" | "openApi"> {
  return {
    ok: () => ({ ok: true }),

    async health() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const error = new HoldpointError("database_unavailable", `No answer within ${healthMs} ms.`);
        timer = setTimeout(() => reject(error), healthMs);
      });
      await Promise.race([runtime.db.once("worker", "/* health */ select 1"), late]).finally(() =>
        clearTimeout(timer),
      );
      return { status: "ready" };
    },

    async info() {
      const langgraph = createRequire(import.meta.url)("@langchain/langgraph/package.json") as {
        version: string;
      };
      return {
        name: "holdpoint",
        version: await ownVersion(),
        langgraph_js_version: langgraph.version,
        context: "js",
        flags: { assistants: true, crons: true, langsmith: false },
      };
    },

    me: ({ principal: { id, kind, roles, tenant } }) => ({ id, kind, roles: [...roles], tenant }),

    openApi: async () => openApiDocument(await ownVersion()),
  };
}

/** The package's own file lies one folder higher from `dist/src/http` than from `src/http`. */
async function ownVersion(): Promise<string> {
  for (const path of ["../../package.json", "../../../package.json"]) {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => null);
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  return "unknown";
}
