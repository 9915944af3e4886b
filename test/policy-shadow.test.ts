// A policy that judges beside the one in force. It says something of every call, once, and nothing of it acts.
import { Client } from "@langchain/langgraph-sdk";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shadowReportSchema, type ShadowReport } from "../src/http/contract.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { testDatabase } from "./support/database.js";
import { freePort } from "./support/free-port.js";
import { request, say, serve, type Served } from "./support/http.js";

const inForce = `tools: { pay: { reversibility: compensable } }
rules: [{ id: small, when: "tool == 'pay' && args.amount < 10", verdict: allow }]`;
const forbids = `rules:
  - { id: nobody-pays, when: "tool == 'pay'", verdict: deny, reason: Nobody pays. }
  - { id: reading, when: "tool == 'read'", tier: reviewer }`;

let at: Served;
let url: string;
beforeAll(async () => {
  url = await testDatabase();
  at = await serve(url, { policy: inForce });
});
afterAll(() => at.stop());

async function run(text: string): Promise<void> {
  const { thread_id: thread } = await at.client.threads.create();
  await at.client.runs.wait(thread, "support", say(text));
}

async function report(): Promise<ShadowReport | null> {
  return shadowReportSchema.nullable().parse((await request(`${at.url}/policies/shadow`)).body);
}

describe("a shadow", () => {
  it("is none where nobody put one up", async () => {
    expect(await report()).toBeNull();
  });

  it("says of every call since then, once, what it would do; and nothing of it is done", async () => {
    await run("pay before 5");
    await at.runtime.shadow.replace(forbids, "shadow.yaml");
    await run("read a; note b; pay c 5; pay d 50");
    expect(at.effects.ran.map(({ tool, args }) => `${tool} ${String(args["id"])}`).toSorted()).toEqual([
      "note b",
      "pay before",
      "pay c",
      "read a",
    ]);
    await Promise.all([at.runtime.shadow.follow(), at.runtime.shadow.follow()]);
    const told = await report();
    expect(told).toMatchObject({
      version: loadPolicy(forbids, "s").version,
      said: { same: 1, differs: 3, unknowable: 0, failed: 0 },
      held: { before: 1, after: 1 },
    });
    expect(told?.moves).toHaveLength(3);
    expect(
      told?.cases.map(({ tool, from, to }) => `${tool}: ${from.route} → ${to.route}`).toSorted(),
    ).toEqual(["pay: execute → refuse", "pay: review → refuse", "read: execute → review"]);
    expect(told?.cases.find(({ tool }) => tool === "pay")?.to.reasons).toEqual([
      { rule: "nobody-pays", text: "Nobody pays." },
    ]);
    await at.runtime.shadow.follow();
    expect((await report())?.said).toEqual(told?.said);
  });

  it("that wants what was not kept of a call says that it cannot tell, and not that it would do the same", async () => {
    await at.runtime.shadow.replace(`rules: [{ id: asked, when: "user.last == 'no'" }]`, "shadow.yaml");
    await run("read w");
    await at.runtime.shadow.follow();
    expect((await report())?.said).toEqual({ same: 0, differs: 0, unknowable: 1, failed: 0 });
    // Another version judges what came since it stood there first.
    await at.runtime.shadow.replace(forbids, "shadow.yaml");
    await at.runtime.shadow.follow();
  });

  it("that fails at a call says so, and judges the next one all the same", async () => {
    const { said } = (await report()) ?? {};
    const locked = new pg.Client({ connectionString: url });
    await locked.connect();
    await locked.query("begin; lock table holdpoint.shadow_verdicts in access exclusive mode");
    await run("read y; read z");
    // As a row would be that another version of Holdpoint wrote.
    await locked.query(
      `update holdpoint.actions set judged = judged || '{"flags": null}' where args::jsonb ->> 'id' = 'y'`,
    );
    await locked.query("commit");
    await locked.end();
    await at.runtime.shadow.follow();
    expect((await report())?.said).toEqual({ ...said, differs: (said?.differs ?? 0) + 1, failed: 1 });
  });

  it("that is wrong changes nothing, and the one before goes on", async () => {
    await expect(at.runtime.shadow.replace("rules: [{}]", "shadow.yaml")).rejects.toMatchObject({
      code: "policy_invalid",
    });
    expect((await report())?.version).toBe(loadPolicy(forbids, "s").version);
  });

  it("that hangs keeps no call waiting, and says later what it had to say", async () => {
    const before = await report();
    const locked = new pg.Client({ connectionString: url });
    await locked.connect();
    await locked.query("begin; lock table holdpoint.shadow_verdicts in access exclusive mode");
    const following = at.runtime.shadow.follow();
    await run("read e; pay f 5");
    expect(at.effects.ran.map(({ args }) => args["id"])).toEqual(expect.arrayContaining(["e", "f"]));
    await locked.query("rollback");
    await locked.end();
    await following;
    await at.runtime.shadow.follow();
    expect((await report())?.said.differs).toBe((before?.said.differs ?? 0) + 2);
  });

  it("that cannot be kept at all stops no call either", async () => {
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    await owner.query("alter table holdpoint.shadow_verdicts rename to away");
    await expect(at.runtime.shadow.follow()).rejects.toThrow("shadow_verdicts");
    await run("read g; pay h 5");
    expect(at.effects.ran.map(({ args }) => args["id"])).toEqual(expect.arrayContaining(["g", "h"]));
    await owner.query("alter table holdpoint.away rename to shadow_verdicts");
    await owner.end();
    await at.runtime.shadow.follow();
    expect((await report())?.said.same).toBe(1);
  });
});

describe("HOLDPOINT_POLICY_SHADOW", () => {
  const compiled = (file: string): string => fileURLToPath(new URL(`../dist/src/${file}`, import.meta.url));

  it("names a file that shadows, and that is taken again when it changes; the command tells what it says", async () => {
    const home = await mkdtemp(join(tmpdir(), "holdpoint-shadow-"));
    const port = await freePort();
    const file = join(home, "shadow.yaml");
    await writeFile(file, "rules: [{ id: no-refunds, when: \"tool == 'issue_refund'\", verdict: deny }]");
    const server = spawn(process.execPath, [compiled("server.js")], {
      cwd: home,
      env: {
        PATH: process.env["PATH"],
        PORT: String(port),
        HOLDPOINT_HOME: home,
        DATABASE_URL: await testDatabaseOnce(),
        HOLDPOINT_POLICY_SHADOW: file,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    server.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    try {
      await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
      expect(out).toContain(`shadowed by ${file}`);
      const client = new Client({ apiUrl: `http://127.0.0.1:${port}`, apiKey: null });
      const [{ graph_id: graph } = { graph_id: "" }] = await client.assistants.search();
      const { thread_id: thread } = await client.threads.create();
      await client.runs.wait(thread, graph, say("refund 420 EUR for order 8841"));
      await until(async () => (await told(port)).includes("refuse"));
      expect(await told(port)).toMatch(/would judge 1 otherwise/);
      await writeFile(file, "rules: [");
      await writeFile(file, "rules: []");
      await until(() => Promise.resolve(out.includes("Reloaded the shadow policy")));
      expect(await told(port)).toMatch(/0 calls, of which it would judge 0 otherwise/);
    } finally {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
      await rm(home, { recursive: true, force: true });
    }
  });

  const ownDatabase = testDatabase();
  const testDatabaseOnce = () => ownDatabase;

  async function told(port: number): Promise<string> {
    const child = spawn(process.execPath, [compiled("cli.js"), "policy", "shadow"], {
      env: { PATH: process.env["PATH"], HOLDPOINT_URL: `http://127.0.0.1:${port}` },
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    await once(child, "close");
    return out;
  }
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await isSo().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
