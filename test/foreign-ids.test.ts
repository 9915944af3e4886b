// Ids of another tenant's things in what is sent, at every door that takes one in its body: it is told the same as of a
// thing that never was, nothing of theirs is in the answer, and not a row of theirs is another.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { accessGate } from "../src/http/gate.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const keys = { acme: newKey(), rival: newKey() };
const roles = "roles: [operator, reviewer]";
const access = createAccess(
  loadAccess(
    `keys:
  - { id: acme, tenant: acme, kind: person, ${roles}, sha256: ${keys.acme.sha256} }
  - { id: rival, tenant: rival, kind: person, ${roles}, sha256: ${keys.rival.sha256} }
limits: { requestsPerMinute: 100000 }
`,
    "access.yaml",
  ),
  { now: () => new Date(), cooldownMs: 0 },
);

let at: Served;
let admin: pg.Client;
let theirs: Things;
let own: Things;
beforeAll(async () => {
  const database = await testDatabase();
  admin = new pg.Client({ connectionString: database });
  await admin.connect();
  at = await serve(database, { gate: accessGate(() => access) });
  [theirs, own] = [await everything("acme"), await everything("rival")];
});
afterAll(async () => {
  await at.stop();
  await admin.end();
});

type Tenant = keyof typeof keys;
type Things = Awaited<ReturnType<typeof everything>>;

const ask = (tenant: Tenant, path: string, body?: unknown, method?: string) =>
  request(`${at.url}${path}`, {
    headers: { "x-api-key": keys[tenant].key },
    ...(body === undefined ? {} : { body }),
    ...(method === undefined ? {} : { method }),
  });

/** One of each thing that has an id; its words can be known again. */
async function everything(tenant: Tenant) {
  const words = `words-${randomUUID()}`;
  const made = async (path: string, body: unknown) => {
    const answer = await ask(tenant, path, body);
    expect({ path, body: answer.body, isMade: answer.status < 300 }).toMatchObject({ isMade: true });
    return answer.body;
  };
  const { thread_id } = await made("/threads", { metadata: { words } });
  const thread = String(thread_id);
  await made(`/threads/${thread}/runs/wait`, {
    assistant_id: "support",
    ...say(`read ${words}; pay ${words} 5`),
  });
  const runs = (await ask(tenant, `/threads/${thread}/runs`)).body as unknown as { run_id: string }[];
  const { checkpoint, tasks } = (await ask(tenant, `/threads/${thread}/state`)).body as unknown as {
    checkpoint: { checkpoint_id: string };
    tasks: { interrupts: { id: string }[] }[];
  };
  const { items } = await at.runtime.reviews.list(tenant, { threadId: thread, limit: 1 });
  const review = items[0]?.id ?? "";
  const executions = (await ask(tenant, `/executions?thread_id=${thread}`)).body["items"] as {
    actionId: string;
  }[];
  const { assistant_id } = await made("/assistants", { graph_id: "support", name: words });
  const { cron_id } = await made("/runs/crons", {
    assistant_id: "support",
    schedule: "0 0 1 1 *",
    metadata: { words },
    ...say("read x"),
  });
  const { id: batch } = await made("/batches", { reviewIds: [review] });
  const things = {
    words,
    thread,
    run: runs[0]?.run_id ?? "",
    checkpoint: checkpoint.checkpoint_id,
    interrupt: tasks.flatMap(({ interrupts }) => interrupts)[0]?.id ?? "",
    review,
    action: executions[0]?.actionId ?? "",
    assistant: String(assistant_id),
    cron: String(cron_id),
    batch: String(batch),
  };
  expect(Object.entries(things).filter(([, id]) => id.length < 8)).toEqual([]);
  return things;
}

/** As `everything` of a tenant that there is not. */
const nothing = (): Things =>
  Object.fromEntries(
    Object.keys(theirs).map((name) => [name, strangeLike(theirs[name as keyof Things])]),
  ) as Things;

/** Another id of the same make. */
function strangeLike(id: string): string {
  return id.replaceAll(/[0-9a-f]/g, (digit) =>
    digit === "0" ? "1" : digit === "f" ? "e" : digit === "a" ? "b" : "a",
  );
}

const run = { assistant_id: "support", ...say("read x") };
const ofRuns: Record<string, (of: Things) => object> = {
  "an assistant": ({ assistant }) => ({ ...run, assistant_id: assistant }),
  "a checkpoint": ({ checkpoint }) => ({ ...run, checkpoint_id: checkpoint }),
  "a checkpoint and its thread": ({ thread, checkpoint }) => ({
    ...run,
    checkpoint: { thread_id: thread, checkpoint_id: checkpoint },
  }),
  "a thread in the configuration": ({ thread }) => ({
    ...run,
    config: { configurable: { thread_id: thread } },
  }),
  "a checkpoint in the configuration": ({ thread, checkpoint }) => ({
    ...run,
    config: { configurable: { thread_id: thread, checkpoint_id: checkpoint, checkpoint_ns: "" } },
  }),
  "an answer to what waits": ({ interrupt }) => ({
    assistant_id: "support",
    command: { resume: { [interrupt]: { type: "approve" } } },
  }),
};
const runDoors: Record<string, (body: object) => { path: string; body: unknown }> = {
  "POST /runs": (body) => ({ path: "/runs", body }),
  "POST /runs/wait": (body) => ({ path: "/runs/wait", body }),
  "POST /runs/stream": (body) => ({ path: "/runs/stream", body }),
  "POST /runs/batch": (body) => ({ path: "/runs/batch", body: [body] }),
  "POST /runs/crons": (body) => ({ path: "/runs/crons", body: { ...body, schedule: "0 0 1 1 *" } }),
  "POST /threads/:id/runs": (body) => ({ path: `/threads/${own.thread}/runs`, body }),
  "POST /threads/:id/runs/wait": (body) => ({ path: `/threads/${own.thread}/runs/wait`, body }),
  "POST /threads/:id/runs/stream": (body) => ({ path: `/threads/${own.thread}/runs/stream`, body }),
  "POST /threads/:id/runs/crons": (body) => ({
    path: `/threads/${own.thread}/runs/crons`,
    body: { ...body, schedule: "0 0 1 1 *" },
  }),
  "PATCH /runs/crons/:id": (body) => ({ path: `/runs/crons/${own.cron}`, body }),
  "run.start": (params) => ({
    path: `/threads/${own.thread}/commands`,
    body: { id: 1, method: "run.start", params },
  }),
};

const otherDoors: Record<string, (of: Things) => { path: string; body: unknown }> = {
  "a run to cancel": ({ thread, run: id }) => ({
    path: "/runs/cancel",
    body: { thread_id: thread, run_ids: [id] },
  }),
  "a run of another thread to cancel": ({ run: id }) => ({
    path: "/runs/cancel",
    body: { thread_id: own.thread, run_ids: [id] },
  }),
  "a checkpoint to look at": ({ thread, checkpoint }) => ({
    path: `/threads/${own.thread}/state/checkpoint`,
    body: { checkpoint: { thread_id: thread, checkpoint_id: checkpoint } },
  }),
  "a checkpoint to go back from": ({ thread, checkpoint }) => ({
    path: `/threads/${own.thread}/history`,
    body: { before: { configurable: { thread_id: thread, checkpoint_id: checkpoint } } },
  }),
  "a checkpoint to write after": ({ thread, checkpoint }) => ({
    path: `/threads/${own.thread}/state`,
    body: { values: { messages: [] }, checkpoint: { thread_id: thread, checkpoint_id: checkpoint } },
  }),
  "what waits, by the protocol": ({ interrupt }) => ({
    path: `/threads/${own.thread}/commands`,
    body: {
      id: 1,
      method: "input.respond",
      params: { namespace: [], interrupt_id: interrupt, response: { type: "approve" } },
    },
  }),
  "threads to find": ({ thread }) => ({ path: "/threads/search", body: { ids: [thread] } }),
  "a thread to find by its words": ({ words }) => ({
    path: "/threads/search",
    body: { metadata: { words } },
  }),
  "a thread to count by its words": ({ words }) => ({
    path: "/threads/count",
    body: { metadata: { words } },
  }),
  "threads to delete": ({ thread }) => ({ path: "/threads/prune", body: { thread_ids: [thread] } }),
  "an assistant to find by its name": ({ words }) => ({ path: "/assistants/search", body: { name: words } }),
  "crons of an assistant": ({ assistant }) => ({
    path: "/runs/crons/search",
    body: { assistant_id: assistant },
  }),
  "crons of a thread": ({ thread }) => ({ path: "/runs/crons/search", body: { thread_id: thread } }),
  "crons to count": ({ words }) => ({ path: "/runs/crons/count", body: { metadata: { words } } }),
  "holds to decide together": ({ review }) => ({ path: "/batches", body: { reviewIds: [review] } }),
  "one's own hold together with another": ({ review }) => ({
    path: "/batches",
    body: { reviewIds: [own.review, review] },
  }),
  "those that are like a hold": ({ review }) => ({ path: "/batches", body: { reviewId: review } }),
  "a hold to look at in a batch": ({ review }) => ({
    path: `/batches/${own.batch}/opened`,
    body: { reviewId: review },
  }),
  "a hold to object to in a batch": ({ review }) => ({
    path: `/batches/${own.batch}/objections`,
    body: { reviewId: review },
  }),
  "a call to explain": ({ action }) => ({ path: "/policies/explain", body: { actionId: action } }),
  "a conversation to judge a call with": ({ thread }) => ({
    path: "/policies/explain",
    body: { tool: "pay", args: { id: "x", amount: 5 }, threadId: thread },
  }),
  "a conversation to approve in advance for": ({ thread }) => ({
    path: "/standing-approvals",
    body: { ...approving(), threadId: thread },
  }),
  "a cron to approve in advance for": ({ cron }) => ({
    path: "/standing-approvals",
    body: { ...approving(), cron },
  }),
};
const approving = () => ({
  tool: "pay",
  maxCount: 1,
  until: new Date(Date.now() + 60_000).toISOString(),
  reason: "One.",
});

/** Doors that do something with an id where it is one's own; the others refuse it to all, or look for it in vain. */
const taking =
  /^a checkpoint, at POST \/threads\/:id\/runs(\/wait|\/stream)?$|^an assistant, at (POST|run)|to find|to look at$|to go back from|crons of an assistant|like a hold|to explain/;

describe("a tenant that names another's", () => {
  const cases = [
    ...Object.entries(runDoors).flatMap(([door, send]) =>
      Object.entries(ofRuns).map(
        ([what, body]) => [`${what}, at ${door}`, (of: Things) => send(body(of))] as const,
      ),
    ),
    ...Object.entries(otherDoors),
  ];
  it.each(cases.filter(([name]) => taking.test(name)))(
    "%s: is taken where it is one's own",
    async (_, sending) => {
      const [mine, strange] = [await told(sending(own)), await told(sending(nothing()))];
      expect([codeIn(mine), mine.text.length]).not.toEqual([codeIn(strange), strange.text.length]);
    },
  );

  it.each(cases)(
    "%s: is told what it would be told of nothing, and nothing of it is changed",
    async (_, sending) => {
      const before = await rowsOf("acme");
      const [real, strange] = [await told(sending(theirs)), await told(sending(nothing()))];
      expect(codeIn(real)).toEqual(codeIn(strange));
      for (const [name, id] of Object.entries(theirs))
        if (!real.sent.includes(id))
          expect({ name, isTold: real.text.includes(id) }).toEqual({ name, isTold: false });
      expect(real.text).not.toContain(theirs.words);
      expect(await rowsOf("acme")).toEqual(before);
    },
  );

  it("an id to make an assistant under makes one of its own, and theirs stays theirs", async () => {
    const before = await rowsOf("acme");
    const body = { assistant_id: theirs.assistant, graph_id: "support", name: "mine" };
    const made = await ask("rival", "/assistants", body);
    expect([made.status, made.body["name"]]).toEqual([200, "mine"]);
    expect((await ask("acme", `/assistants/${theirs.assistant}`)).body["name"]).toBe(theirs.words);
    expect(await rowsOf("acme")).toEqual(before);
  });
});

async function told({ path, body }: { path: string; body: unknown }) {
  const response = await fetch(`${at.url}${path}`, {
    method: path.startsWith("/runs/crons/") && !/search|count/.test(path) ? "PATCH" : "POST",
    headers: { "content-type": "application/json", "x-api-key": keys.rival.key },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), sent: JSON.stringify(body) };
}

/** The status, and the code of what was refused; a stream and the protocol refuse with 200, and say it in their text. */
function codeIn({ status, text }: { status: number; text: string }): unknown[] {
  return [status, ...[...text.matchAll(/"(?:code|error)":"([a-z_]+)"/g)].map(([, code]) => code)];
}

/** Every row of theirs, whatever table it is in. */
async function rowsOf(tenant: Tenant): Promise<Record<string, string>> {
  const { rows } = await admin.query<{ table: string }>(
    `select table_name as table from information_schema.columns
     where table_schema = 'holdpoint' and column_name = 'tenant_id' order by 1`,
  );
  const found: Record<string, string> = {};
  for (const { table } of rows) {
    const { rows: sums } = await admin.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum
       from holdpoint.${table} t where tenant_id = $1`,
      [tenant],
    );
    found[table] = sums[0]?.sum ?? "";
  }
  return found;
}
