// Filters of the queue that people keep, and the queue they narrow.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../src/access/access.js";
import { newKey } from "../src/access/keys.js";
import { loadAccess } from "../src/access/load-access.js";
import { reviewListSchema, savedViewsSchema } from "../src/http/contract.js";
import { accessGate } from "../src/http/gate.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const keys = { ada: newKey(), ben: newKey(), other: newKey(), guest: newKey() };
const file = `keys:
  - { id: ada, tenant: acme, kind: person, roles: [reviewer], sha256: ${keys.ada.sha256} }
  - { id: ben, tenant: acme, kind: person, roles: [reviewer], sha256: ${keys.ben.sha256} }
  - { id: ada, tenant: other, kind: person, roles: [reviewer], sha256: ${keys.other.sha256} }
  - { id: guest, tenant: acme, sha256: ${keys.guest.sha256} }`;

let at: Served;
let database: string;
beforeAll(async () => {
  database = await testDatabase();
  const access = createAccess(loadAccess(file, "access.yaml"), { now: () => new Date(), cooldownMs: 0 });
  at = await serve(database, { gate: accessGate(() => access) });
});
afterAll(() => at.stop());

const as = (who: keyof typeof keys, method: string, path: string, body?: object) =>
  request(`${at.url}${path}`, {
    method,
    headers: { "x-api-key": keys[who].key },
    ...(body ? { body } : {}),
  });
const viewsOf = async (who: keyof typeof keys) =>
  savedViewsSchema.parse((await as(who, "GET", "/views")).body).items;

describe("a view of the queue", () => {
  it("is kept for whom it was made, under its name, until it is removed", async () => {
    const large = { level: "high", tool: "pay" };
    const name = encodeURIComponent("Large / today");
    expect((await as("ada", "PUT", `/views/${name}`, large)).body).toEqual({
      name: "Large / today",
      filter: large,
    });
    await as("ada", "PUT", "/views/old", { older_than: 60 });
    await as("ada", "PUT", `/views/${name}`, { level: "critical" });
    expect(await viewsOf("ada")).toEqual([
      { name: "Large / today", filter: { level: "critical" } },
      { name: "old", filter: { older_than: 60 } },
    ]);
    expect([await viewsOf("ben"), await viewsOf("other")]).toEqual([[], []]);
    expect((await as("ben", "DELETE", "/views/old")).status).toBe(404);
    expect((await as("ada", "DELETE", "/views/old")).status).toBe(204);
    expect((await viewsOf("ada")).map((view) => view.name)).toEqual(["Large / today"]);
    expect((await as("guest", "GET", "/views")).status).toBe(403);
  });

  it("of what the queue does not know is refused", async () => {
    for (const filter of [{ colour: "red" }, { level: "dire" }, { older_than: 0 }])
      expect((await as("ben", "PUT", "/views/wrong", filter)).status).toBe(422);
    expect((await as("ben", "PUT", `/views/${encodeURIComponent("two\nlines")}`, {})).status).toBe(404);
    expect(await viewsOf("ben")).toEqual([]);
  });

  it("is one of fifty at most; the ones there are can be changed still", async () => {
    for (let n = 1; n <= 50; n += 1) expect((await as("other", "PUT", `/views/${n}`, {})).status).toBe(200);
    const refused = await as("other", "PUT", "/views/51", {});
    expect([refused.status, refused.body["code"]]).toEqual([422, "request_invalid"]);
    expect((await as("other", "PUT", "/views/50", { tool: "pay" })).status).toBe(200);
  });
});

describe("the queue by age", () => {
  it("is what has waited for so many minutes", async () => {
    const local = await serve(database);
    try {
      const ids: string[] = [];
      for (const minutes of [0, 30, 90]) {
        const { thread_id: threadId } = await local.client.threads.create();
        await local.client.runs.wait(threadId, "support", say(`pay ${randomUUID()} 1`));
        await local.runtime.db.pool.query(
          "update holdpoint.reviews set opened_at = now() - make_interval(mins => $2) where thread_id = $1",
          [threadId, minutes],
        );
        ids.push(threadId);
      }
      const waiting = async (older: string) =>
        reviewListSchema
          .parse((await request(`${local.url}/reviews?status=open${older}`)).body)
          .items.map(({ threadId }) => threadId)
          .filter((id) => ids.includes(id));
      expect(await waiting("")).toHaveLength(3);
      expect(await waiting("&older_than=30")).toEqual([ids[2], ids[1]]);
      expect(await waiting("&older_than=31")).toEqual([ids[2]]);
    } finally {
      await local.stop();
    }
  });
});
