// A served agent with several people at it, each with a key and roles of their own.
import { createAccess } from "../../src/access/access.js";
import { newKey } from "../../src/access/keys.js";
import { loadAccess } from "../../src/access/load-access.js";
import { accessGate } from "../../src/http/gate.js";
import { request, say, serve, type Served } from "./http.js";

/** Two of the same desk, one who answers for risk, and one who only chats. */
const roles = { ada: ["support"], ben: ["support"], risk: ["support", "risk"], guest: [] } as const;
export type Who = keyof typeof roles;

/** Sends as one of them; with a body it is a POST. */
type Ask = (
  path: string,
  body?: unknown,
  more?: { method?: string; headers?: Record<string, string> },
) => ReturnType<typeof request>;

export interface Desk {
  at: Served;
  as: Record<Who, Ask>;
  keys: Record<Who, string>;
  /** The ids of the reviews that these words open. */
  held(words: string): Promise<{ threadId: string; ids: string[] }>;
  effectsOf(tool: string, id: string): number;
}

export async function serveDesk(
  databaseUrl: string,
  options: Omit<NonNullable<Parameters<typeof serve>[1]>, "gate"> = {},
): Promise<Desk> {
  const people = Object.entries(roles).map(([who, held]) => ({ who, held, ...newKey() }));
  const lines = people.map(
    ({ who, held, sha256 }) =>
      `  - { id: ${who}, kind: person, roles: [${held.join(", ")}], sha256: ${sha256} }`,
  );
  const access = createAccess(
    loadAccess(`keys:\n${lines.join("\n")}\nlimits: { requestsPerMinute: 100000 }\n`, "access.yaml"),
    {
      now: () => new Date(),
      cooldownMs: 0,
    },
  );
  const at = await serve(databaseUrl, { ...options, gate: accessGate(() => access) });
  const keys = Object.fromEntries(people.map(({ who, key }) => [who, key])) as Record<Who, string>;
  const asking =
    (key: string): Ask =>
    (path, body, { headers = {}, ...more } = {}) =>
      request(`${at.url}${path}`, {
        ...more,
        headers: { "x-api-key": key, ...headers },
        ...(body === undefined ? {} : { body }),
      });
  const as = Object.fromEntries(people.map(({ who, key }) => [who, asking(key)])) as Record<Who, Ask>;
  return {
    at,
    as,
    keys,
    async held(words) {
      const { body } = await as.risk("/threads", {});
      const threadId = String(body["thread_id"]);
      await as.risk(`/threads/${threadId}/runs/wait`, { assistant_id: "support", ...say(words) });
      const { items } = await at.runtime.reviews.list("default", { threadId, limit: 200 });
      return { threadId, ids: items.map(({ id }) => id) };
    },
    effectsOf: (tool, id) => at.effects.of(tool).filter((args) => args["id"] === id).length,
  };
}
