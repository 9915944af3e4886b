import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadGraphs } from "../src/server/load-graphs.js";

const root = fileURLToPath(new URL("..", import.meta.url));
let folder: string;
beforeEach(async () => {
  // Within the project, so that what the files import is found from there.
  folder = await mkdtemp(join(root, "node_modules/.holdpoint-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(folder, name), text);

async function load(config: object | string) {
  const file = join(folder, "langgraph.json");
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  return loadGraphs(file);
}

const plainText = `
  import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
  const State = Annotation.Root({ said: Annotation });
  const builder = new StateGraph(State).addNode("say", () => ({ said: "hello" })).addEdge(START, "say").addEdge("say", END);
  export const compiled = builder.compile();
  export { builder };
  export const made = async () => builder.compile();
  export const number = 7;`;

describe("the graphs of langgraph.json", () => {
  it("are the example's agent as it stands in this repository", async () => {
    const { agents, plain, unread } = await loadGraphs(join(root, "langgraph.json"));
    expect(unread).toEqual([]);
    expect(agents).toMatchObject([{ name: "support" }]);
    expect(agents[0]).not.toHaveProperty("database");
    expect(agents[0]?.tools.map(({ name }) => name)).toContain("issue_refund");
    expect(plain).toEqual({});
  });

  it("that are agents keep all that is said of them, but for what the server's agents share", async () => {
    await write(
      "agent.ts",
      `import { defineAgent, scriptedModel } from "${root}src/index.ts";
       export const graph = defineAgent({
         model: scriptedModel("silent", () => ({ text: "Hello." })),
         tools: [], builtIns: ["ask_human"], answers: "drafted", policy: "rules: []", instructions: "Be kind.",
         database: { home: "x" }, tenant: "x", settings: { leaseMs: 5_000 },
       });`,
    );
    const { agents } = await load({ graphs: { one: "./agent.ts:graph" } });
    const { model: _, ...said } = agents[0] ?? {};
    expect(said).toEqual({
      name: "one",
      tools: [],
      builtIns: ["ask_human"],
      answers: "drafted",
      policy: "rules: []",
      instructions: "Be kind.",
    });
  });

  it("may be compiled, still to be compiled, or made by a function; in JavaScript or in TypeScript", async () => {
    await write("plain.mjs", plainText);
    await write("typed.ts", `${plainText}\nexport const typed: object = compiled satisfies object;`);
    const { agents, plain } = await load({
      graphs: {
        a: "./plain.mjs:compiled",
        b: "./plain.mjs:builder",
        c: { path: "./plain.mjs:made", description: "made" },
        d: "./typed.ts:typed",
      },
      node_version: "20",
      dependencies: ["."],
    });
    expect(agents).toEqual([]);
    expect(Object.keys(plain)).toEqual(["a", "b", "c", "d"]);
  });

  it("say whose questions their callers may answer: of plain graphs only, and of none that is not there", async () => {
    await write("plain.mjs", plainText);
    const graphs = { a: "./plain.mjs:compiled", support: "../../examples/support/graph.ts:graph" };
    const naming = (...ids: string[]) => load({ graphs, holdpoint: { callers_answer: ids } });
    expect((await naming("a")).callersAnswer).toEqual(["a"]);
    expect((await load({ graphs })).callersAnswer).toEqual([]);
    await expect(naming("support")).rejects.toThrow(/names "support" .* It is an agent/);
    await expect(naming("b")).rejects.toThrow(/names "b" .* none of its graphs/);
    await expect(load({ graphs, holdpoint: { callersAnswer: ["a"] } })).rejects.toThrow(/callersAnswer/);
  });

  it("come with a word on each key that says something to LangGraph's own servers, and nothing here", async () => {
    await write("plain.mjs", `${plainText}\nexport const app = {};`);
    const graphs = { a: "./plain.mjs:compiled", support: "../../examples/support/graph.ts:graph" };
    const unread = async (more: object) => (await load({ graphs, node_version: "20", ...more })).unread;
    const said = await unread({
      auth: { path: "./auth.ts:auth" },
      store: { index: { embed: "openai:text-embedding-3-small" } },
      http: { app: "./plain.mjs:app", cors: { allow_origins: ["*"] } },
      brand_new: true,
    });
    expect(said).toEqual([
      expect.stringMatching(/langgraph\.json: `auth` is not read here: .*HOLDPOINT_ACCESS/),
      expect.stringMatching(/`store` is not read here: .*by namespace and filter/),
      expect.stringMatching(/`brand_new` is not read here$/),
      expect.stringMatching(/`http\.app` is not read here: .*review routes/),
      expect.stringMatching(/`http\.cors` is not read here: .*origins/),
    ]);
    expect(await unread({ http: { app: "../../examples/support/graph.ts:app" } })).toEqual([]);
    expect(await unread({ http: { app: "../../examples/support/graph.ts:other" } })).toHaveLength(1);
  });

  it("get the environment their file names, where it is not set already", async () => {
    await write(".env", "HP_TEST_FROM_FILE=file\nHP_TEST_SET=file\n");
    await write("read.mjs", "export const graph = () => process.env.HP_TEST_FROM_FILE;");
    process.env["HP_TEST_SET"] = "set";
    await load({ graphs: { a: "./read.mjs:graph" }, env: ".env" });
    expect([process.env["HP_TEST_FROM_FILE"], process.env["HP_TEST_SET"]]).toEqual(["file", "set"]);
    await load({ graphs: { a: "./read.mjs:graph" }, env: { HP_TEST_INLINE: "inline" } });
    expect(process.env["HP_TEST_INLINE"]).toBe("inline");
    for (const name of ["HP_TEST_FROM_FILE", "HP_TEST_SET", "HP_TEST_INLINE"]) delete process.env[name];
  });

  it.each([
    ["text that is not JSON", "{", /cannot be read/],
    ["no graphs", "{}", /graphs/],
    ["an empty list of graphs", { graphs: {} }, /graphs/],
    ["a place without an export", { graphs: { a: "./plain.mjs" } }, /path\/to\/file\.ts:export/],
    ["a file that is not there", { graphs: { a: "./gone.mjs:graph" } }, /"a".*cannot be loaded/s],
    ["a file that throws", { graphs: { a: "./throws.mjs:graph" } }, /"a".*no luck/s],
    ["a file that is not TypeScript", { graphs: { a: "./broken.ts:graph" } }, /"a".*cannot be loaded/s],
    ["an export that is not there", { graphs: { a: "./plain.mjs:other" } }, /exports: .*compiled/],
    ["an export that is no graph", { graphs: { a: "./plain.mjs:number" } }, /exports no graph/],
  ])("with %s are refused, and the file is named", async (_what, config, said) => {
    await write("plain.mjs", plainText);
    await write("throws.mjs", 'throw new Error("no luck");');
    await write("broken.ts", "export const graph = (((;");
    await expect(load(config)).rejects.toMatchObject({
      code: "options_invalid",
      message: expect.stringMatching(said) as string,
    });
    await expect(load(config)).rejects.toThrow(join(folder, "langgraph.json"));
  });
});
