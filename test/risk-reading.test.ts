// What a tool that nobody has described may do, read off its words.
import fc from "fast-check";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toolsAuditCommand } from "../src/cli/tools-audit.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { readTool, type UnknownTool } from "../src/risk/read-tool.js";
import { effects } from "../src/risk/vocabulary.js";
import { capturingTerminal } from "./support/terminal.js";

const read = (name: string, description = "", more: Partial<UnknownTool> = {}) =>
  readTool({ name, description, argsSchema: null, ...more });
const rank = (of: ReturnType<typeof readTool>): number => effects.indexOf(of.effect);
const withMethods = (...names: string[]): Partial<UnknownTool> => ({
  argsSchema: { type: "object", properties: { method: { type: "string", enum: names } } },
});

describe("a tool's words", () => {
  it.each([
    ["get_invoice", "Returns one invoice.", "read"],
    ["listOpenTickets", "", "read"],
    ["orders-search", "Searches orders by customer.", "read"],
    ["read_file", "Reads a file. Files are read as UTF-8.", "read"],
    ["customer_lookup", "Find a customer and show their orders.", "read"],
    ["tag_ticket", "Puts a tag on a ticket.", "reversible"],
    ["updateNote", "Update the text of a note.", "reversible"],
    ["ticket_write", "Create or update a ticket.", "reversible"],
    ["enable_dark_mode", "", "reversible"],
    ["pay_invoice", "Pays an invoice from the main account.", "irreversible"],
    ["return_items", "Return items of an order.", "irreversible"],
    ["send_fax", "", "irreversible"],
    ["drop_index", "", "irreversible"],
    ["update_password", "Update the password of a user.", "irreversible"],
    ["schedule_payment", "Schedule a payment.", "irreversible"],
    ["run_script", "", "irreversible"],
    ["publishPost", "", "irreversible"],
  ])("%s, %s: %s", (name, description, effect) => {
    expect(read(name, description)).toMatchObject({ effect });
  });

  it("of which none is known say the worst, and that nobody is sure", () => {
    expect(read("frobnicate", "Frobnicates the quux.")).toEqual({
      effect: "irreversible",
      isDestructive: false,
      domains: [],
      isAboutPeople: false,
      fields: { amount: null, recipient: null, target: null },
      isSure: false,
      why: [],
    });
  });

  it("that differ are read as the worse of them, and a person is to look", () => {
    expect(read("get_referral", "Generates a link and sends it to the customer.")).toMatchObject({
      effect: "irreversible",
      domains: ["messages"],
      isSure: false,
      why: [
        { in: "name", word: "get", says: "read" },
        { in: "description", word: "generates", says: "reversible" },
        { in: "description", word: "sends", says: "irreversible", domain: "messages" },
      ],
    });
  });

  it.each([
    ["grant_role", "access"],
    ["publish_post", "publication"],
    ["export_orders", "people's data"],
    ["dispense_medication", "physical"],
  ])("of %s tell that what cannot be undone is about %s", (name, domain) => {
    expect(read(name, "")).toMatchObject({ effect: "irreversible", domains: [domain] });
  });

  it.each([
    ["get_patient_record", "read", true],
    ["updateCustomer", "reversible", true],
    ["delete_user", "irreversible", true],
    ["get_order", "read", false],
  ])(
    "of %s tell whether it is about people, whatever it does to what is known of them",
    (name, effect, is) => {
      expect(read(name, "")).toMatchObject({ effect, isAboutPeople: is });
    },
  );

  it("in the choices of its schema count: what can be asked of it can be done by it", () => {
    expect(read("tickets", "", withMethods("get", "list"))).toMatchObject({ effect: "read" });
    expect(read("get_tickets", "", withMethods("get", "delete"))).toMatchObject({
      effect: "irreversible",
      isDestructive: true,
      domains: ["deletion"],
    });
    const program = { type: "object", properties: { sql: { type: "string" } } };
    expect(read("query_orders", "", { argsSchema: program })).toMatchObject({
      effect: "irreversible",
      domains: ["code"],
    });
  });

  it("name the arguments that say how much, to whom, and what it is about", () => {
    const properties = {
      order_id: { type: "string" },
      amount: { type: "number" },
      recipient: { type: "string" },
      total: { type: "string" },
    };
    expect(read("pay", "", { argsSchema: { type: "object", properties } }).fields).toEqual({
      amount: "amount",
      recipient: "recipient",
      target: "order_id",
    });
  });

  it("of its server raise the risk, and lower it only where the server is trusted", () => {
    const harmless = { readOnlyHint: true };
    expect(read("delete_all", "", { annotations: harmless })).toMatchObject({ effect: "irreversible" });
    expect(read("delete_all", "", { annotations: harmless, isTrusted: true })).toMatchObject({
      effect: "read",
    });
    expect(read("get_order", "", { annotations: { destructiveHint: true } })).toMatchObject({
      effect: "irreversible",
      isDestructive: true,
    });
    expect(read("get_order", "", { annotations: { readOnlyHint: false } })).toMatchObject({
      effect: "reversible",
    });
  });

  it("never make it milder by being more, whatever they are", () => {
    const verbs = fc.constantFrom("get", "list", "update", "tag", "pay", "delete", "send", "frobnicate");
    const text = fc.oneof(fc.string({ unit: "binary" }), verbs);
    fc.assert(
      fc.property(verbs, verbs, text, text, (verb, other, noun, more) => {
        const name = `${verb}_thing`;
        const description = `${other} ${noun}`;
        const one = read(name, description);
        expect(one).toEqual(read(name, description));
        if (one.why.length > 0)
          expect(rank(read(name, `${description}.\n${more}`))).toBeGreaterThanOrEqual(rank(one));
        expect(rank(read(name, description, withMethods(other)))).toBeGreaterThanOrEqual(
          one.why.length > 0 ? rank(one) : 0,
        );
      }),
    );
  });
});

describe("holdpoint tools audit", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdpoint-audit-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function audit(...args: string[]) {
    const terminal = capturingTerminal();
    const code = await toolsAuditCommand.run(args, terminal);
    return { code, ...terminal.said };
  }
  const listed = [
    { name: "get_order", description: "Looks an order up.", inputSchema: { type: "object" } },
    { name: "tag_order", description: "Tags an order.", inputSchema: { type: "object" } },
    { name: "pay\u001b[2J", description: "Pays.", inputSchema: { type: "object" } },
  ];

  it("reads the agents of a langgraph.json beside what they declare", async () => {
    const { code, out } = await audit(fileURLToPath(new URL("../langgraph.json", import.meta.url)));
    expect(code).toBe(0);
    expect(out).toMatch(/support +look_up_order +reversible +read/);
    expect(out).toMatch(/support +issue_refund +irreversible +irreversible/);
  });

  it("reads a list of tools of a server, and says which word says what", async () => {
    const file = join(folder, "tools.json");
    await writeFile(file, JSON.stringify({ tools: listed }));
    const { out } = await audit(file);
    expect(out).toMatch(/get_order +irreversible +read .*name: get \(read\)/);
    expect(out).not.toContain("\u001b");
    expect(out).toContain("3 tools.");
    const { out: lines } = await audit(file, "--json");
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { tool: "get_order", stands: "irreversible", effect: "read" },
      { tool: "tag_order", effect: "reversible" },
      { effect: "irreversible", domains: ["money"] },
    ]);
  });

  it("proposes lines that a policy takes", async () => {
    const file = join(folder, "tools.json");
    await writeFile(file, JSON.stringify(listed));
    const { out } = await audit(file, "--yaml");
    const { tools } = loadPolicy(out, "proposed");
    expect([...tools].map(([name, { reversibility }]) => [name, reversibility])).toEqual([
      ["get_order", "reversible"],
      ["tag_order", "reversible"],
    ]);
  });

  it("proposes one line for each name, the worse, whichever agents have such a tool", async () => {
    const file = join(folder, "twice.json");
    const wiping = { name: "tag_order", description: "Wipes an order for good.", inputSchema: {} };
    const again = { name: "get_order", description: "Reads an order.", inputSchema: {} };
    await writeFile(file, JSON.stringify({ tools: [...listed, wiping, again] }));
    expect(loadPolicy((await audit(file, "--yaml")).out, "proposed").tools.size).toBe(1);
    expect((await audit(file, "--yaml")).out).toContain("get_order:\n    reversibility: reversible");
  });

  it("reads a server's answer as it comes over the wire", async () => {
    const file = join(folder, "answer.json");
    await writeFile(file, JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools: listed } }));
    expect((await audit(file)).out).toContain("3 tools.");
  });

  it("reads a file of one tool a line, as collections have them, and names the line that is none", async () => {
    const file = join(folder, "tools.jsonl");
    const amount = { type: "object", properties: { amount: { type: "number" } } };
    const lines = [
      { name: "pay_bill", description: "Pays.", schema: amount, annotations: {}, split: "dev" },
      { name: "pay_rent", description: "Pays.", inputSchema: amount, schema: {}, annotations: null },
      { name: "get_bill", description: null, schema: null, annotations: { destructiveHint: true } },
    ].map((line) => JSON.stringify(line));
    await writeFile(file, `${lines.join("\n")}\n\n`);
    await writeFile(`${file}.gz`, gzipSync(lines.join("\r\n")));
    for (const one of [file, `${file}.gz`]) {
      const { out } = await audit(one, "--json");
      expect(
        out
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as object),
      ).toMatchObject([
        { agent: null, tool: "pay_bill", stands: "irreversible", fields: { amount: "amount" } },
        { tool: "pay_rent", effect: "irreversible", fields: { amount: "amount" } },
        { tool: "get_bill", effect: "irreversible" },
      ]);
    }
    await writeFile(file, `${lines[0]}\n{"name": 3}\n`);
    await expect(audit(file)).rejects.toThrow(`${file}:2: `);
    await expect(audit(join(folder, "none.jsonl"))).rejects.toThrow("cannot be read");
  });

  it("ends, whatever the agents that it reads hold open", async () => {
    const graph = new URL("../dist/src/index.js", import.meta.url).href;
    await writeFile(
      join(folder, "open.mjs"),
      `import { defineAgent, scriptedModel } from ${JSON.stringify(graph)};
       setInterval(() => {}, 1_000);
       export const graph = defineAgent({ model: scriptedModel("none", () => ({ text: "" })), tools: [], database: {} });`,
    );
    await writeFile(join(folder, "open.json"), '{ "graphs": { "open": "./open.mjs:graph" } }');
    const cli = fileURLToPath(new URL("../dist/src/cli.js", import.meta.url));
    const run = spawnSync(process.execPath, [cli, "tools", "audit", "open.json"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(run).toMatchObject({ status: 0, signal: null, stdout: expect.stringContaining("0 tools.") });
  });

  it("says what is wrong with a file that is neither", async () => {
    const file = join(folder, "other.json");
    await writeFile(file, '{"tools": 3}');
    await expect(audit(file)).rejects.toThrow(/neither a langgraph.json/);
    await expect(audit(join(folder, "none.json"))).rejects.toThrow(/cannot be read/);
  });
});

describe("npm run bench -- risk", () => {
  const bench = (...args: string[]) =>
    spawnSync(process.execPath, ["dist/bench/main.js", "risk", ...args], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      encoding: "utf8",
      env: { ...process.env, HOLDPOINT_DATA: "" },
    });

  it("prints one figure a line, of the tools in the folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-bench-"));
    const row = { description: "", schema: null, destructive: null };
    const rows = [
      { ...row, name: "get_a", read_only: true, rubric: "R" },
      { ...row, name: "pay_b", read_only: false, rubric: "I" },
      { ...row, name: "list_c", read_only: false, rubric: "W", destructive: false },
      { ...row, name: "drop_d", read_only: false, destructive: true },
    ];
    await writeFile(join(folder, "tools.x.jsonl"), rows.map((one) => JSON.stringify(one)).join("\n"));
    const { stdout, status } = bench("--data", folder);
    expect(status).toBe(0);
    const figures = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { figure: string; value: number; n: number });
    expect(figures.map(({ figure, value }) => [figure, value])).toEqual([
      ["writes_taken_for_reads", 0.3333],
      ["read_recall", 1],
      ["unsure", 0],
      ["write_f1", 0.8],
      ["irreversible_f1", 1],
      ["destructive_f1", 1],
    ]);
    await rm(folder, { recursive: true, force: true });
  });

  it("ends with 2 where there is nothing to read, and says what is missing", () => {
    expect(bench("--data", tmpdir())).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no tools.*.jsonl"),
    });
    expect(bench()).toMatchObject({ status: 2, stderr: expect.stringContaining("HOLDPOINT_DATA") });
  });
});
