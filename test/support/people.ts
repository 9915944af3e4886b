// A served agent with several people at it, each with a key and roles of their own.
import { createAccess, type Access } from "../../src/access/access.js";
import { newKey } from "../../src/access/keys.js";
import { loadAccess } from "../../src/access/load-access.js";
import { accessGate, type Gate } from "../../src/http/gate.js";
import { request, say, serve, type Served } from "./http.js";

/** Three of the same desk, one who leads it, one who answers for risk, one who only chats, and an agent whose key has every role there is. */
const people = {
  ada: { kind: "person", roles: ["support"] },
  ben: { kind: "person", roles: ["support"] },
  risk: { kind: "person", roles: ["support", "risk"] },
  cid: { kind: "person", roles: ["support"] },
  lead: { kind: "person", roles: ["lead"] },
  guest: { kind: "person", roles: [] },
  bot: { kind: "agent", roles: ["support", "risk", "operator"] },
} as const;
export type Who = keyof typeof people;

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
  /** Changes the access file: from the next request on they have these roles and no others. */
  give(who: Who, roles: readonly string[]): void;
  /** Lets the same people in at another process. */
  gate: Gate;
  /** The ids of the reviews that these words open. */
  held(words: string, by?: Who): Promise<{ threadId: string; ids: string[] }>;
  effectsOf(tool: string, id: string): number;
}

export async function serveDesk(
  databaseUrl: string,
  {
    origins = [],
    persons = {},
    ...options
  }: Omit<NonNullable<Parameters<typeof serve>[1]>, "gate"> & {
    /** Of pages from elsewhere. */
    origins?: readonly string[];
    /** Whose account it is, where several are one person's. */
    persons?: Partial<Record<Who, string>>;
  } = {},
): Promise<Desk> {
  const keyed = Object.entries(people).map(([who, one]) => ({ who, ...one, ...newKey() }));
  const accessWith = (given: Partial<Record<string, readonly string[]>>): Access => {
    const lines = keyed.map(({ who, kind, roles, sha256 }) => {
      const person = persons[who as Who];
      const held = (given[who] ?? roles).join(", ");
      return `  - { id: ${who}, kind: ${kind}, roles: [${held}], ${person === undefined ? "" : `person: ${person}, `}sha256: ${sha256} }`;
    });
    const text = `keys:\n${lines.join("\n")}\nlimits: { requestsPerMinute: 100000 }\norigins: [${origins.join(", ")}]\n`;
    return createAccess(loadAccess(text, "access.yaml"), { now: () => new Date(), cooldownMs: 0 });
  };
  let access = accessWith({});
  const gate = accessGate(() => access);
  const at = await serve(databaseUrl, { ...options, gate });
  const keys = Object.fromEntries(keyed.map(({ who, key }) => [who, key])) as Record<Who, string>;
  const asking =
    (key: string): Ask =>
    (path, body, { headers = {}, ...more } = {}) =>
      request(`${at.url}${path}`, {
        ...more,
        headers: { "x-api-key": key, ...headers },
        ...(body === undefined ? {} : { body }),
      });
  const as = Object.fromEntries(keyed.map(({ who, key }) => [who, asking(key)])) as Record<Who, Ask>;
  return {
    at,
    as,
    keys,
    gate,
    give(who, roles) {
      access = accessWith({ [who]: roles });
    },
    async held(words, by = "risk") {
      const { body } = await as[by]("/threads", {});
      const threadId = String(body["thread_id"]);
      await as[by](`/threads/${threadId}/runs/wait`, { assistant_id: "support", ...say(words) });
      const { items } = await at.runtime.reviews.list("default", { threadId, limit: 200 });
      return { threadId, ids: items.map(({ id }) => id) };
    },
    effectsOf: (tool, id) => at.effects.of(tool).filter((args) => args["id"] === id).length,
  };
}
