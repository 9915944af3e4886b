import { Annotation, END, MessagesValue, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { assistantHandlers, resolveAssistant, type AssistantDeps } from "../src/http/assistants.js";
import { assistantRoutes } from "../src/http/contract/assistant-routes.js";
import { localPerson } from "../src/kernel/principal.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { testDatabase } from "./support/database.js";
import { mounted, plainGraph, type Mounted } from "./support/mounted.js";

// LangGraph's servers give "support" this id.
const supportId = "a76bea17-1a15-53a6-bfc6-e12c619f641d";

let db: Database;
let deps: AssistantDeps;
let ours: Mounted;
let theirs: Mounted;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 6 });
  const graphs = [plainGraph("support", supportGraph()), plainGraph("typed", typedGraph())];
  deps = {
    runtime: { db, graphs: new Map(graphs.map((graph) => [graph.id, graph])) },
    startedAt: new Date(),
  };
  const handlers = assistantHandlers(deps);
  ours = mounted(assistantRoutes, handlers, "a");
  theirs = mounted(assistantRoutes, handlers, "b");
});
afterAll(() => db.close());

/** An assistant that no other test looks for. */
async function make(more: { name?: string; metadata?: Record<string, unknown> } = {}) {
  const tag = randomUUID();
  const assistant = await ours.client.assistants.create({
    graphId: "support",
    name: more.name ?? "Night shift",
    description: "Answers at night.",
    config: { tags: ["night"], recursion_limit: 7, configurable: { user: "u1" } },
    context: { tone: "calm" },
    metadata: { tag, ...more.metadata },
  });
  return { assistant, id: assistant.assistant_id, tag };
}

describe("the assistant a graph is born with", () => {
  it("has the id that LangGraph's servers give it, and answers to the graph's name too", async () => {
    const byName = await ours.client.assistants.get("support");
    expect(byName).toMatchObject({
      assistant_id: supportId,
      graph_id: "support",
      name: "support",
      version: 1,
      metadata: { created_by: "system" },
    });
    expect(await ours.client.assistants.get(supportId)).toEqual(byName);
    expect(await ours.client.assistants.get(supportId.toUpperCase())).toEqual(byName);
  });

  it("is neither changed nor deleted, by whichever name", async () => {
    for (const id of ["support", supportId]) {
      const refused = { status: 422, message: expect.stringContaining("stays as it is") as string };
      await expect(ours.client.assistants.update(id, { name: "mine" })).rejects.toMatchObject(refused);
      await expect(ours.client.assistants.delete(id)).rejects.toMatchObject(refused);
      await expect(ours.client.assistants.setLatest(id, 1)).rejects.toMatchObject(refused);
    }
    expect((await ours.client.assistants.get("support")).name).toBe("support");
    expect(await ours.client.assistants.getVersions("support")).toHaveLength(1);
  });

  it("is what a client gets that makes it where it is not there", async () => {
    const asked = { graphId: "support", assistantId: supportId };
    expect(await ours.client.assistants.create({ ...asked, ifExists: "do_nothing" })).toMatchObject({
      assistant_id: supportId,
      metadata: { created_by: "system" },
    });
    await expect(ours.client.assistants.create(asked)).rejects.toMatchObject({
      message: expect.stringContaining("already") as string,
    });
  });
});

describe("an assistant of a client", () => {
  it("is kept as it was sent, with the graph's name where it has none", async () => {
    const { id, tag } = await make();
    expect(await ours.client.assistants.get(id)).toMatchObject({
      graph_id: "support",
      name: "Night shift",
      description: "Answers at night.",
      config: { tags: ["night"], recursion_limit: 7, configurable: { user: "u1" } },
      context: { tone: "calm" },
      metadata: { tag },
      version: 1,
    });
    expect(await ours.client.assistants.create({ graphId: "support" })).toMatchObject({
      name: "support",
      description: null,
      config: {},
    });
  });

  it("is made once under an id of the client's own", async () => {
    const assistantId = randomUUID();
    const asked = { graphId: "support", assistantId, name: "first" };
    await ours.client.assistants.create(asked);
    await expect(ours.client.assistants.create({ ...asked, name: "second" })).rejects.toMatchObject({
      message: expect.stringContaining("already") as string,
    });
    const again = await ours.client.assistants.create({ ...asked, name: "third", ifExists: "do_nothing" });
    expect(again.name).toBe("first");
  });

  it("needs a graph that is served, and an id that is a UUID", async () => {
    await expect(ours.client.assistants.create({ graphId: "nobody" })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("typed") as string,
    });
    const misnamed = ours.client.assistants.create({ graphId: "support", assistantId: "x" });
    await expect(misnamed).rejects.toMatchObject({ status: 422 });
  });

  it("has no configuration that would steer LangGraph itself", async () => {
    for (const config of [
      { configurable: { thread_id: "t" } },
      { configurable: { checkpoint_id: "c" } },
      { configurable: { __pregel_resuming: true } },
      { max_concurrency: 3 },
    ]) {
      const response = await ours.fetch("/assistants", { body: { graph_id: "support", config } });
      expect(await response.json()).toMatchObject({ status: 422, code: "unsupported" });
    }
  });

  it("is gone after it was deleted, with its versions", async () => {
    const { id } = await make();
    await ours.client.assistants.delete(id);
    await expect(ours.client.assistants.get(id)).rejects.toMatchObject({ status: 404 });
    await expect(ours.client.assistants.delete(id)).rejects.toMatchObject({ status: 404 });
    const left = await db.once(
      { tenant: "a" },
      "select from holdpoint.assistant_versions where assistant_id = $1",
      [id],
    );
    expect(left).toEqual([]);
  });
});

describe("versions", () => {
  it("each change makes one; metadata is merged, the rest replaced, and what is not named stays", async () => {
    const { id, tag } = await make();
    const changed = await ours.client.assistants.update(id, {
      name: "Day shift",
      config: { configurable: { user: "u2" } },
      metadata: { team: "day" },
    });
    expect(changed).toMatchObject({
      version: 2,
      name: "Day shift",
      description: "Answers at night.",
      config: { configurable: { user: "u2" } },
      context: { tone: "calm" },
      metadata: { tag, team: "day" },
    });
    expect(changed.config).not.toHaveProperty("tags");
    const versions = await ours.client.assistants.getVersions(id);
    expect(versions.map(({ version, name }) => [version, name])).toEqual([
      [2, "Day shift"],
      [1, "Night shift"],
    ]);
    expect(versions[0]).not.toHaveProperty("updated_at");
    const found = await ours.client.assistants.getVersions(id, { metadata: { team: "day" } });
    expect(found.map(({ version }) => version)).toEqual([2]);
    expect(await ours.client.assistants.getVersions(id, { limit: 1, offset: 1 })).toMatchObject([
      { version: 1 },
    ]);
  });

  it("an older one can be put in force again, and the next change does not take a name that is taken", async () => {
    const { id, tag } = await make();
    await ours.client.assistants.update(id, { name: "two", metadata: { two: true } });
    await ours.client.assistants.update(id, { graphId: "typed", description: "three" });
    expect(await ours.client.assistants.setLatest(id, 1)).toMatchObject({
      version: 1,
      graph_id: "support",
      name: "Night shift",
      description: "Answers at night.",
      metadata: { tag },
    });
    expect((await ours.client.assistants.get(id)).metadata).toEqual({ tag });
    const next = await ours.client.assistants.update(id, { metadata: { four: true } });
    expect(next).toMatchObject({ version: 4, name: "Night shift", metadata: { tag, four: true } });
    await expect(ours.client.assistants.setLatest(id, 9)).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("no version 9") as string,
    });
  });

  it("many changes at once each make one, and none is lost", async () => {
    const { id } = await make();
    const names = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(names.map((name) => ours.client.assistants.update(id, { metadata: { [name]: true } })));
    const { version, metadata } = await ours.client.assistants.get(id);
    expect(version).toBe(7);
    expect(Object.keys(metadata ?? {})).toEqual(expect.arrayContaining(names));
    expect(await ours.client.assistants.getVersions(id)).toHaveLength(7);
  });
});

describe("a search", () => {
  it("finds what is made and what is born, by graph, by a part of the name, by metadata within metadata", async () => {
    const mark = randomUUID();
    const { id } = await make({ name: `100% ${mark} Émile`, metadata: { team: { name: "night", size: 3 } } });
    const found = async (query: object) =>
      (await ours.client.assistants.search({ ...query, limit: 1_000 })).map(
        ({ assistant_id }) => assistant_id,
      );
    expect(await found({ name: `00% ${mark.toUpperCase()}` })).toEqual([id]);
    expect(await found({ name: `0_ ${mark}` })).toEqual([]);
    expect(await found({ name: mark, metadata: { team: { name: "night" } } })).toEqual([id]);
    expect(await found({ name: mark, metadata: { team: { name: "day" } } })).toEqual([]);
    expect(await found({ name: mark, graphId: "typed" })).toEqual([]);
    expect(await found({ metadata: { created_by: "system" }, graphId: "support" })).toEqual([supportId]);
    expect(await ours.client.assistants.count({ name: mark })).toBe(1);
    expect(await ours.client.assistants.count({ metadata: { created_by: "system" } })).toBe(2);
  });

  it("goes page by page in the order asked for, and says where the next one begins", async () => {
    const mark = randomUUID();
    for (const name of ["c", "a", "b"]) await make({ name: `${name} ${mark}` });
    const page = (offset: number) =>
      ours.client.assistants.search({
        name: mark,
        sortBy: "name",
        sortOrder: "asc",
        limit: 2,
        offset,
        includePagination: true,
      });
    const first = await page(0);
    expect(first.assistants.map(({ name }) => name[0])).toEqual(["a", "b"]);
    expect(first.next).toBe("2");
    const second = await page(Number(first.next));
    expect(second.assistants.map(({ name }) => name[0])).toEqual(["c"]);
    expect(second.next).toBeNull();
    expect(await page(5)).toEqual({ assistants: [], next: null });

    const response = await ours.fetch("/assistants/search", { body: { name: mark, limit: 1, offset: 7 } });
    expect(response.headers.get("x-pagination-total")).toBe("3");
    const newest = await ours.client.assistants.search({ name: mark });
    expect(newest.map(({ name }) => name[0])).toEqual(["b", "a", "c"]);
  });

  it("shows the fields asked for, and knows no others", async () => {
    const { tag } = await make();
    const [only] = await ours.client.assistants.search({ metadata: { tag }, select: ["name", "version"] });
    expect(only).toEqual({ name: "Night shift", version: 1 });
    const response = await ours.fetch("/assistants/search", { body: { sort_by: "name; drop table x" } });
    expect(response.status).toBe(422);
  });
});

describe("two tenants", () => {
  it("do not see each other's assistants, and learn nothing from an id", async () => {
    const { id, tag } = await make();
    const { assistants } = theirs.client;
    await expect(assistants.get(id)).rejects.toMatchObject({ status: 404 });
    await expect(assistants.update(id, { name: "theirs" })).rejects.toMatchObject({ status: 404 });
    await expect(assistants.delete(id)).rejects.toMatchObject({ status: 404 });
    await expect(assistants.setLatest(id, 1)).rejects.toMatchObject({ status: 404 });
    await expect(assistants.getVersions(id)).rejects.toMatchObject({ status: 404 });
    expect(await assistants.search({ metadata: { tag } })).toEqual([]);
    const same = await assistants.create({ graphId: "support", assistantId: id, name: "theirs" });
    expect(same).toMatchObject({ assistant_id: id, name: "theirs", version: 1 });
    expect((await ours.client.assistants.get(id)).name).toBe("Night shift");
    await assistants.delete(id);
    expect(await ours.client.assistants.getVersions(id)).toHaveLength(1);
  });
});

describe("a run's assistant", () => {
  const caller = { ...localPerson, tenant: "a" };

  it("is found by its id or by the plain id of a graph, with what it lends to the run", async () => {
    const { id, tag } = await make();
    expect(await resolveAssistant(deps, caller, id)).toEqual({
      assistantId: id,
      graphId: "support",
      config: { tags: ["night"], recursion_limit: 7, configurable: { user: "u1" } },
      context: { tone: "calm" },
      metadata: { tag },
    });
    expect(await resolveAssistant(deps, caller, "typed")).toMatchObject({ graphId: "typed", config: {} });
  });

  it("is not found where there is none, and the answer lists the graphs there are", async () => {
    for (const id of ["nobody", randomUUID(), "", "\u{1F600}"]) {
      await expect(resolveAssistant(deps, caller, id)).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining('"support", "typed"') as string,
      });
    }
  });

  it("is not found where its graph is served elsewhere", async () => {
    const { id } = await make();
    const elsewhere = { ...deps, runtime: { db, graphs: new Map([["other", plainGraph("other", null)]]) } };
    await expect(resolveAssistant(elsewhere, caller, id)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining('has no graph "support"') as string,
    });
  });
});

describe("the shape of a graph", () => {
  it("is drawn, and with xray the graphs within it too", async () => {
    const nodes = async (xray?: boolean | number) => {
      const drawing = await ours.client.assistants.getGraph("support", xray === undefined ? {} : { xray });
      return drawing.nodes.map(({ id }) => id);
    };
    const plain = ["__start__", "answer", "inner", "__end__"];
    expect(await nodes()).toEqual(plain);
    expect(await nodes(false)).toEqual(plain);
    expect(await nodes(true)).toEqual(expect.arrayContaining(["inner:one", "inner:deep:x"]));
    expect(await nodes(1)).toEqual(expect.arrayContaining(["inner:one", "inner:deep"]));
    const { edges } = await ours.client.assistants.getGraph("support");
    expect(edges).toContainEqual(expect.objectContaining({ source: "answer", target: "inner" }));
    expect((await ours.fetch("/assistants/support/graph?xray=deep", { method: "GET" })).status).toBe(422);
  });

  it("is told as JSON Schemas where the graph declares them", async () => {
    const schemas = await ours.client.assistants.getSchemas("typed");
    expect(schemas).toMatchObject({
      graph_id: "typed",
      input_schema: { properties: { messages: { langgraph_type: "messages" } } },
      output_schema: { properties: { messages: { langgraph_type: "messages" } } },
      state_schema: { properties: { messages: { langgraph_type: "messages" } } },
      config_schema: { properties: { user: { type: "string" } } },
      context_schema: { properties: { user: { type: "string" } } },
    });
  });

  it("says null where it declares none, and where a type has no JSON form", async () => {
    const nothing = {
      input_schema: null,
      output_schema: null,
      state_schema: null,
      config_schema: null,
      context_schema: null,
    };
    expect(await ours.client.assistants.getSchemas("support")).toEqual({ graph_id: "support", ...nothing });
    const dated = new StateGraph(z.object({ at: z.date() }))
      .addNode("a", () => ({}))
      .addEdge(START, "a")
      .compile();
    const runtime = { db, graphs: new Map([["dated", plainGraph("dated", dated)]]) };
    const { client } = mounted(assistantRoutes, assistantHandlers({ ...deps, runtime }), "a");
    expect(await client.assistants.getSchemas("dated")).toEqual({ graph_id: "dated", ...nothing });
  });

  it("is told for our own agents, whose state LangGraph cannot read", async () => {
    const agent = { ...plainGraph("agent", supportGraph()), kind: "agent" as const };
    const runtime = { db, graphs: new Map([["agent", agent]]) };
    const { client } = mounted(assistantRoutes, assistantHandlers({ ...deps, runtime }), "a");
    expect((await client.assistants.getSchemas("agent")).input_schema).toMatchObject({
      properties: { messages: { langgraph_type: "messages" } },
    });
  });

  it("names the graphs within it, one level or all, or one of them", async () => {
    const { assistants } = ours.client;
    const names = async (options?: { namespace?: string; recurse?: boolean }) =>
      Object.keys(await assistants.getSubgraphs("support", options));
    expect(await names()).toEqual(["inner"]);
    expect(await names({ recurse: true })).toEqual(["inner", "inner|deep"]);
    expect(await names({ namespace: "inner|deep" })).toEqual(["inner|deep"]);
    expect(await names({ namespace: "inner", recurse: true })).toEqual(["inner", "inner|deep"]);
    expect(await names({ namespace: "inn" })).toEqual([]);
    expect((await assistants.getSubgraphs("support"))["inner"]).toMatchObject({ graph_id: "support" });
  });

  it("is that of the assistant's graph, built with the assistant's configuration", async () => {
    const { id } = await make();
    const seen: unknown[] = [];
    const graph = plainGraph("support", supportGraph());
    const watched = { ...graph, open: (configurable?: object) => (seen.push(configurable), graph.open()) };
    const runtime = { db, graphs: new Map([["support", watched]]) };
    const { client } = mounted(assistantRoutes, assistantHandlers({ ...deps, runtime }), "a");
    await client.assistants.getGraph(id);
    expect(seen).toEqual([{ user: "u1" }]);
  });
});

function supportGraph() {
  const State = Annotation.Root({ seen: Annotation<string[]>() });
  const nothing = () => ({});
  const deep = new StateGraph(State)
    .addNode("x", nothing)
    .addNode("y", nothing)
    .addEdge(START, "x")
    .addEdge("x", "y")
    .addEdge("y", END)
    .compile();
  const inner = new StateGraph(State)
    .addNode("one", nothing)
    .addNode("deep", deep)
    .addEdge(START, "one")
    .addEdge("one", "deep")
    .addEdge("deep", END)
    .compile();
  return new StateGraph(State)
    .addNode("answer", nothing)
    .addNode("inner", inner)
    .addEdge(START, "answer")
    .addEdge("answer", "inner")
    .addEdge("inner", END)
    .compile();
}

function typedGraph() {
  return new StateGraph(new StateSchema({ messages: MessagesValue }), {
    context: z.object({ user: z.string() }),
  })
    .addNode("a", () => ({}))
    .addEdge(START, "a")
    .compile();
}
