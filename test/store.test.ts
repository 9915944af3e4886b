import { Annotation, getStore, START, StateGraph } from "@langchain/langgraph";
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storeRoutes } from "../src/http/contract/store-routes.js";
import { storeHandlers } from "../src/http/store.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { removeExpiredItems } from "../src/storage/expired-items.js";
import { TenantStore } from "../src/storage/postgres-store.js";
import { testDatabase } from "./support/database.js";
import { mounted, type Mounted } from "./support/mounted.js";

let db: Database;
let store: TenantStore;
let ours: Mounted;
let theirs: Mounted;
/** A tenant of its own for each test: what it lists is what it wrote. */
let tenant: string;

let time = Date.parse("2030-01-01T00:00:00Z");
const now = () => new Date(time);
const afterMinutes = (minutes: number) => (time += minutes * 60_000);

beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 6 });
});
afterAll(() => db.close());
beforeEach(() => {
  tenant = randomUUID();
  store = new TenantStore(db, tenant, { now });
  const handlers = storeHandlers({ runtime: { db } }, { now });
  ours = mounted(storeRoutes, handlers, tenant);
  theirs = mounted(storeRoutes, handlers, `${tenant}-other`);
});

const keysOf = (items: { key: string }[]) => items.map(({ key }) => key).sort();

describe("an item", () => {
  it("comes back as it was put, and the last value put is the one there is", async () => {
    expect(await store.get(["users", "u1"], "likes")).toBeNull();
    await store.put(["users", "u1"], "likes", {
      tea: true,
      sugar: 2,
      notes: ["é", "\\u0000", null, { a: 1 }],
    });
    const first = await store.get(["users", "u1"], "likes");
    expect(first).toMatchObject({
      namespace: ["users", "u1"],
      key: "likes",
      value: { tea: true, sugar: 2, notes: ["é", "\\u0000", null, { a: 1 }] },
    });
    await store.put(["users", "u1"], "likes", { tea: false });
    const second = await store.get(["users", "u1"], "likes");
    expect(second?.value).toEqual({ tea: false });
    expect(second?.createdAt).toEqual(first?.createdAt);
    expect(second?.updatedAt.getTime()).toBeGreaterThan(first?.updatedAt.getTime() ?? Infinity);
    await store.delete(["users", "u1"], "likes");
    expect(await store.get(["users", "u1"], "likes")).toBeNull();
  });

  it("is another one in a namespace that only looks the same when it is written down", async () => {
    await store.put(["a:b"], "k", { n: 1 });
    await store.put(["a", "b"], "k", { n: 2 });
    await store.put(["a,b"], "k", { n: 3 });
    await store.put(['{"a","b"}'], "k", { n: 4 });
    expect((await store.get(["a:b"], "k"))?.value).toEqual({ n: 1 });
    expect((await store.get(["a", "b"], "k"))?.value).toEqual({ n: 2 });
    expect(await store.search(["a"])).toHaveLength(1);
  });

  it("has a place and a value that can be kept; anything else is refused before it is written", async () => {
    for (const namespace of [
      [],
      [""],
      ["a.b"],
      ["langgraph", "x"],
      ["a\0b"],
      ["\ud800"],
      ["x".repeat(3_000)],
    ]) {
      await expect(store.put(namespace, "k", {})).rejects.toMatchObject({ code: "request_invalid" });
    }
    await expect(store.put(["a"], "\0", {})).rejects.toMatchObject({ code: "request_invalid" });
    for (const value of [{ a: "\0" }, { "\0": 1 }, { a: "\\\0" }, { a: "\udc00" }]) {
      await expect(store.put(["a"], "k", value)).rejects.toMatchObject({ code: "request_invalid" });
    }
    await expect(store.put(["a"], "k", [] as never)).rejects.toMatchObject({ code: "request_invalid" });
    await store.put(["a", "langgraph"], "k", {});
    expect(keysOf(await store.search([]))).toEqual(["k"]);
  });
});

describe("a look", () => {
  it("at a label with a dot is refused, as it would find what lies elsewhere", async () => {
    await store.put(["a", "b"], "k", {});
    const refused = { code: "request_invalid" };
    await expect(store.get(["a.b"], "k")).rejects.toMatchObject(refused);
    await expect(store.delete(["a.b"], "k")).rejects.toMatchObject(refused);
    await expect(store.search(["a.b"])).rejects.toMatchObject(refused);
    await expect(store.listNamespaces({ prefix: ["a.b"] })).rejects.toMatchObject(refused);
    expect(await store.get(["a", "b"], "k")).not.toBeNull();
  });
});

describe("a search", () => {
  it("finds what lies under whole labels, whatever characters they have", async () => {
    const places = [
      ["users"],
      ["users", "u1"],
      ["users", "u1", "deep"],
      ["users2"],
      ["user_"],
      ["Users"],
      ["users%"],
    ];
    for (const place of places) await store.put(place, place.join("/"), {});
    expect(keysOf(await store.search(["users"]))).toEqual(["users", "users/u1", "users/u1/deep"]);
    expect(keysOf(await store.search(["users", "u1"]))).toEqual(["users/u1", "users/u1/deep"]);
    expect(keysOf(await store.search(["user_"]))).toEqual(["user_"]);
    expect(keysOf(await store.search(["user"]))).toEqual([]);
    expect(await store.search([], { limit: 100 })).toHaveLength(places.length);
  });

  it("filters by equality and by order, numbers as numbers and texts as texts", async () => {
    const values = {
      low: { score: 9, color: "red", tags: ["x"] },
      high: { score: 10, color: "blue", meta: { deep: true } },
      text: { score: "95", color: null },
      none: { color: "Red" },
    };
    for (const [key, value] of Object.entries(values)) await store.put(["f"], key, value);
    const found = async (filter: Record<string, unknown>) => keysOf(await store.search(["f"], { filter }));
    expect(await found({ color: "red" })).toEqual(["low"]);
    expect(await found({ color: { $eq: "red" } })).toEqual(["low"]);
    expect(await found({ color: null })).toEqual(["text"]);
    expect(await found({ color: { $ne: "red" } })).toEqual(["high", "none", "text"]);
    expect(await found({ score: { $ne: 9 } })).toEqual(["high", "none", "text"]);
    expect(await found({ score: { $gt: 9 } })).toEqual(["high"]);
    expect(await found({ score: { $gte: 9 } })).toEqual(["high", "low"]);
    expect(await found({ score: { $lt: 10 } })).toEqual(["low"]);
    expect(await found({ score: { $lte: 10, $gt: 9.5 } })).toEqual(["high"]);
    expect(await found({ score: { $gt: "9" } })).toEqual(["text"]);
    expect(await found({ score: { $gte: 9 }, color: "blue" })).toEqual(["high"]);
    expect(await found({ meta: { deep: true } })).toEqual(["high"]);
    expect(await found({ tags: ["x"] })).toEqual(["low"]);
    expect(await found({ "color' or true --": "red" })).toEqual([]);
    await expect(found({ color: { $like: "r%" } })).rejects.toMatchObject({ code: "unsupported" });
  });

  it("gives the last written first, page by page, ten where nothing is said", async () => {
    for (let n = 1; n <= 12; n += 1) await store.put(["p"], `k${n}`, { n });
    await store.put(["p"], "k3", { n: 33 });
    const page = async (options: { limit?: number; offset?: number }) =>
      (await store.search(["p"], options)).map(({ key }) => key);
    expect(await page({ limit: 3 })).toEqual(["k3", "k12", "k11"]);
    expect(await page({ limit: 2, offset: 3 })).toEqual(["k10", "k9"]);
    expect(await page({})).toHaveLength(10);
  });

  it("by meaning is refused, as its answer would be in no order", async () => {
    await expect(store.search(["a"], { query: "what do they like?" })).rejects.toMatchObject({
      code: "unsupported",
    });
  });
});

describe("the list of namespaces", () => {
  const all = [
    ["users", "u1", "likes"],
    ["users", "u1", "facts"],
    ["users", "u2", "likes"],
    ["docs"],
    ["a", "likes"],
  ];

  it("has each once, in order, cut to a depth, by its beginning and its end", async () => {
    for (const place of all) {
      await store.put(place, "one", {});
      await store.put(place, "two", {});
    }
    expect(await store.listNamespaces()).toEqual([
      ["a", "likes"],
      ["docs"],
      ["users", "u1", "facts"],
      ["users", "u1", "likes"],
      ["users", "u2", "likes"],
    ]);
    expect(await store.listNamespaces({ maxDepth: 1 })).toEqual([["a"], ["docs"], ["users"]]);
    expect(await store.listNamespaces({ prefix: ["users"], maxDepth: 2 })).toEqual([
      ["users", "u1"],
      ["users", "u2"],
    ]);
    expect(await store.listNamespaces({ suffix: ["likes"] })).toEqual([
      ["a", "likes"],
      ["users", "u1", "likes"],
      ["users", "u2", "likes"],
    ]);
    expect(await store.listNamespaces({ prefix: ["*", "u1"] })).toHaveLength(2);
    expect(await store.listNamespaces({ prefix: ["users"], suffix: ["*", "likes"] })).toHaveLength(2);
    expect(await store.listNamespaces({ suffix: ["x", "users", "u1", "likes"] })).toEqual([]);
    expect(await store.listNamespaces({ limit: 2, offset: 1 })).toEqual([["docs"], ["users", "u1", "facts"]]);
  });
});

describe("a batch", () => {
  it("answers each operation in its order, each seeing those before it", async () => {
    const results = await store.batch([
      { namespace: ["b"], key: "x" },
      { namespace: ["b"], key: "x", value: { n: 1 } },
      { namespace: ["b"], key: "x" },
      { namespacePrefix: ["b"] },
      { matchConditions: [{ matchType: "prefix", path: ["b"] }], limit: 5, offset: 0 },
      { namespace: ["b"], key: "x", value: null },
      { namespace: ["b"], key: "x" },
    ]);
    expect(results).toEqual([
      null,
      undefined,
      expect.objectContaining({ value: { n: 1 } }),
      [expect.objectContaining({ key: "x" })],
      [["b"]],
      undefined,
      null,
    ]);
    expect(await store.batch([])).toEqual([]);
  });

  it("writes all of it or nothing", async () => {
    const batch = store.batch([
      { namespace: ["c"], key: "x", value: { n: 1 } },
      { namespace: ["c"], key: "y", value: { n: 1n } },
    ]);
    await expect(batch).rejects.toThrow(/BigInt/);
    const unranked = store.batch([
      { namespace: ["c"], key: "x", value: {} },
      { namespacePrefix: [], query: "?" },
    ]);
    await expect(unranked).rejects.toMatchObject({ code: "unsupported" });
    expect(await store.search(["c"])).toEqual([]);
  });

  it("many at once on the same items all end", async () => {
    const write = (keys: string[]) =>
      store.batch(keys.map((key) => ({ namespace: ["d"], key, value: { key } })));
    const keys = ["a", "b", "c", "d"];
    await Promise.all(Array.from({ length: 12 }, (_, n) => write(n % 2 ? keys : keys.toReversed())));
    expect(keysOf(await store.search(["d"]))).toEqual(keys);
  });
});

describe("an item with a time to live", () => {
  it("is not there any more when it is over, for whoever looks", async () => {
    await store.put(["t"], "short", {}, undefined, { ttl: 0.5 });
    await store.put(["t"], "long", {}, undefined, { ttl: 10 });
    await store.put(["u"], "ever", {});
    afterMinutes(0.4);
    expect(keysOf(await store.search(["t"], { refreshTtl: false }))).toEqual(["long", "short"]);
    afterMinutes(0.1);
    expect(await store.get(["t"], "short")).toBeNull();
    expect(keysOf(await store.search([]))).toEqual(["ever", "long"]);
    afterMinutes(20);
    expect(await store.listNamespaces()).toEqual([["u"]]);
  });

  it("lives as long again when it is read, but for a reader that says otherwise", async () => {
    await store.put(["t"], "k", {}, undefined, { ttl: 10 });
    afterMinutes(9);
    await store.get(["t"], "k", { refreshTtl: false });
    await store.search(["t"]);
    afterMinutes(9);
    expect(await store.get(["t"], "k")).not.toBeNull();
    afterMinutes(9);
    expect(await store.get(["t"], "k", { refreshTtl: false })).not.toBeNull();
    afterMinutes(1);
    expect(await store.get(["t"], "k")).toBeNull();

    const strict = new TenantStore(db, tenant, { now, defaultTtlMinutes: 10, refreshOnRead: false });
    await strict.put(["t"], "k", {});
    afterMinutes(9);
    await strict.get(["t"], "k");
    afterMinutes(1);
    expect(await strict.get(["t"], "k")).toBeNull();
  });

  it("is a new one when it is put after its time, and lives for ever when it is put without one", async () => {
    await store.put(["t"], "k", { n: 1 }, undefined, { ttl: 1 });
    // When an item was made is told by the database's clock, and two puts may fall into one millisecond of it.
    await db.pool.query("update holdpoint.store_items set created_at = 'epoch' where tenant_id = $1", [
      tenant,
    ]);
    const createdAt = async () => (await store.get(["t"], "k", { refreshTtl: false }))?.createdAt.getTime();
    expect(await createdAt()).toBe(0);
    afterMinutes(2);
    await store.put(["t"], "k", { n: 2 });
    expect(await createdAt()).toBeGreaterThan(0);
    afterMinutes(100_000);
    expect((await store.get(["t"], "k"))?.value).toEqual({ n: 2 });
  });

  it("is removed by a sweep, of whichever tenant, and nothing else is", async () => {
    const other = new TenantStore(db, `${tenant}-other`, { now });
    await removeExpiredItems(db, now());
    for (const one of [store, other]) {
      await one.put(["t"], "gone", {}, undefined, { ttl: 1 });
      await one.put(["t"], "stays", {}, undefined, { ttl: 5 });
      await one.put(["t"], "ever", {});
    }
    afterMinutes(1);
    expect(await removeExpiredItems(db, now(), 1)).toBe(1);
    expect(await removeExpiredItems(db, now())).toBe(1);
    expect(await removeExpiredItems(db, now())).toBe(0);
    for (const one of [tenant, `${tenant}-other`]) {
      const rows = await db.once<{ key: string }>({ tenant: one }, "select key from holdpoint.store_items");
      expect(keysOf(rows)).toEqual(["ever", "stays"]);
    }
  });
});

describe("two tenants", () => {
  it("have nothing in common, under the same names", async () => {
    const other = new TenantStore(db, `${tenant}-other`, { now });
    await store.put(["users", "u1"], "k", { of: "ours" });
    expect(await other.get(["users", "u1"], "k")).toBeNull();
    expect(await other.search([])).toEqual([]);
    expect(await other.listNamespaces()).toEqual([]);
    await other.put(["users", "u1"], "k", { of: "theirs" });
    await other.delete(["users", "u1"], "k");
    expect((await store.get(["users", "u1"], "k"))?.value).toEqual({ of: "ours" });
  });

  it("cannot be mixed up by a statement, nor seen by the worker where nothing expires", async () => {
    await store.put(["a"], "k", {});
    const insert = `insert into holdpoint.store_items (tenant_id, path, key, value) values ($1, 'a.', 'k', '{}')`;
    await expect(db.once({ tenant: `${tenant}-other` }, insert, [tenant])).rejects.toThrow(
      /row-level security/,
    );
    const move = "update holdpoint.store_items set tenant_id = 'b'";
    await expect(db.once({ tenant }, move)).rejects.toThrow(/permission denied/);
    const seen = await db.once("worker", "select from holdpoint.store_items where tenant_id = $1", [tenant]);
    expect(seen).toEqual([]);
  });
});

describe("a graph", () => {
  it("remembers across its runs", async () => {
    const State = Annotation.Root({ seen: Annotation<number>() });
    const graph = new StateGraph(State)
      .addNode("count", async () => {
        const memory = getStore() as BaseStore;
        const before = (await memory.get(["counts"], "runs"))?.value["n"] as number | undefined;
        await memory.put(["counts"], "runs", { n: (before ?? 0) + 1 });
        return { seen: before ?? 0 };
      })
      .addEdge(START, "count")
      .compile();
    expect(await graph.invoke({ seen: 0 }, { store })).toEqual({ seen: 0 });
    expect(await graph.invoke({ seen: 0 }, { store })).toEqual({ seen: 1 });
  });
});

describe("over HTTP", () => {
  it("LangGraph's client puts, gets, searches, lists and deletes", async () => {
    const { store: client } = ours.client;
    expect(await client.getItem(["users", "u1"], "likes")).toBeNull();
    await client.putItem(["users", "u1"], "likes", { tea: true });
    expect(await client.getItem(["users", "u1"], "likes")).toMatchObject({
      namespace: ["users", "u1"],
      key: "likes",
      value: { tea: true },
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    const { items } = await client.searchItems(["users"], { filter: { tea: true }, limit: 5 });
    expect(items).toMatchObject([{ key: "likes", updatedAt: expect.any(String) as string }]);
    expect((await client.searchItems(["users"], { filter: { tea: { $ne: true } } })).items).toEqual([]);
    expect(await client.listNamespaces({ prefix: ["users"], maxDepth: 1 })).toEqual({
      namespaces: [["users"]],
    });
    await client.deleteItem(["users", "u1"], "likes");
    await client.deleteItem(["users", "u1"], "likes");
    expect(await client.getItem(["users", "u1"], "likes")).toBeNull();
  });

  it("a time to live is in minutes, and a read refreshes it unless told otherwise", async () => {
    const { store: client } = ours.client;
    await client.putItem(["t"], "k", {}, { ttl: 10 });
    afterMinutes(9);
    await client.getItem(["t"], "k", { refreshTtl: true });
    afterMinutes(9);
    expect(await client.getItem(["t"], "k", { refreshTtl: false })).not.toBeNull();
    await client.searchItems(["t"], { refreshTtl: false });
    afterMinutes(1);
    expect(await client.getItem(["t"], "k")).toBeNull();
    const forever = { namespace: ["t"], key: "k", value: {}, ttl: 1e300 };
    expect((await ours.fetch("/store/items", { method: "PUT", body: forever })).status).toBe(422);
  });

  it("what cannot be done is refused by name", async () => {
    const { store: client } = ours.client;
    const refusal = (text: string) => ({ status: 422, message: expect.stringContaining(text) as string });
    await expect(client.searchItems(["a"], { query: "tea" })).rejects.toMatchObject(refusal('"unsupported"'));
    await expect(client.putItem(["a"], "k", {}, { index: ["tea"] })).rejects.toMatchObject(
      refusal('"unsupported"'),
    );
    await client.putItem(["a"], "k", {}, { index: false });
    await expect(client.searchItems(["a"], { filter: { x: { $in: [1] } } })).rejects.toMatchObject(
      refusal("$in"),
    );
    await expect(client.putItem(["langgraph"], "k", {})).rejects.toMatchObject(refusal("namespace"));
    await expect(client.putItem([], "k", {})).rejects.toMatchObject(refusal("namespace"));
    await expect(client.putItem(["a", ""], "k", {})).rejects.toMatchObject(refusal("namespace"));
    const dotted = { namespace: ["a.b"], key: "k", value: {} };
    expect((await ours.fetch("/store/items", { method: "PUT", body: dotted })).status).toBe(422);
    const nul = "/store/items?namespace=a&key=%00";
    expect((await ours.fetch(nul, { method: "GET" })).status).toBe(422);
  });

  it("answers a write with nothing at all", async () => {
    const response = await ours.fetch("/store/items", {
      method: "PUT",
      body: { namespace: ["a"], key: "k", value: {} },
    });
    expect([response.status, await response.text()]).toEqual([204, ""]);
  });

  it("each caller speaks with the store of their tenant", async () => {
    await ours.client.store.putItem(["a"], "k", { of: "ours" });
    expect(await theirs.client.store.getItem(["a"], "k")).toBeNull();
    expect((await theirs.client.store.searchItems([])).items).toEqual([]);
  });
});
