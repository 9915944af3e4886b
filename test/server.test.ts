import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { newKey } from "../src/access/keys.js";
import { request, say } from "./support/http.js";
import { testDatabase } from "./support/database.js";
import { Program } from "./support/program.js";

const database = await testDatabase();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function start(environment: Record<string, string>): Program {
  const started = new Program(environment);
  cleanUps.push(async () => {
    started.child.kill("SIGKILL");
    await started.exited;
  });
  return started;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-server-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

const reviewsAt = async (
  url: string,
): Promise<{ id: string; argsHash: string; threadId: string; tier: string }[]> =>
  (await request(`${url}/reviews?status=open`)).body["items"] as never;
const refund = (amount: number) => ({
  assistant_id: "support",
  ...say(`refund ${amount} EUR for order 8841`),
});

describe("a start that cannot work ends with 1 and says why", () => {
  it("a port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    // The folder is not even made: no Postgres was started for a port that is taken.
    const home = join(await temporaryFolder(), "home");
    const program = start({ PORT: String(port), HOLDPOINT_HOME: home });
    expect(await program.exited).toMatchObject({ code: 1 });
    expect(program.err).toContain(`Port ${port}`);
    expect(program.err).toContain("PORT=");
    expect(program.err).toContain("(port_taken)");
    expect(program.err).not.toContain("    at ");
    await expect(access(home)).rejects.toThrow("ENOENT");
    other.close();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["an address that other machines reach", { HOST: "0.0.0.0" }, /HOST=0\.0\.0\.0 .*\(unsafe_exposure\)/s],
    ["any other address", { HOST: "192.168.1.5" }, /unsafe_exposure/],
    ["every IPv6 address", { HOST: "::" }, /unsafe_exposure/],
    ["a port that is none", { PORT: "http" }, /PORT=http.*8123.*\(options_invalid\)/s],
    ["a port that is too high", { PORT: "65536" }, /PORT=65536/],
    [
      "a key of the ledger that is not there",
      { HOLDPOINT_LEDGER_KEY: "/nowhere/key.pem" },
      /\/nowhere\/key\.pem: there is no such file.*openssl.*\(options_invalid\)/s,
    ],
    [
      "a database URL that is none",
      { DATABASE_URL: "mysql://u:secret@h/db" },
      /DATABASE_URL is no Postgres URL/,
    ],
    [
      "a database that is not there",
      { DATABASE_URL: "postgres://u:secret@127.0.0.1:1/db" },
      /The database cannot be reached.*DATABASE_URL/s,
    ],
    [
      "a policy file that is not there",
      { HOLDPOINT_POLICY: "/nowhere/policy.yaml" },
      /\/nowhere\/policy\.yaml.*ENOENT/,
    ],
  ])("%s", async (_, environment, why) => {
    const program = start({ DATABASE_URL: database, ...environment });
    expect(await program.exited).toMatchObject({ code: 1 });
    expect(program.err).toMatch(why);
    expect(program.err).not.toContain("secret");
    expect(program.err).not.toContain("    at ");
    expect(program.out).toBe("");
  });

  it("a policy that is wrong, line by line as an editor reads it", async () => {
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, "rules:\n  - { id: big, when: 'args.amount >', tier: nobody }\n");
    const program = start({ DATABASE_URL: database, HOLDPOINT_POLICY: file });
    expect(await program.exited).toMatchObject({ code: 1 });
    const lines = program.err.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^\S+policy\.yaml:2:\d+: \S/);
  });

  it("and what its langgraph.json says to LangGraph's servers alone, before that", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "graph.mjs"), "export const graph = () => null;");
    const file = join(folder, "langgraph.json");
    await writeFile(file, JSON.stringify({ graphs: { a: "./graph.mjs:graph" }, auth: { path: "./a.ts:a" } }));
    const program = start({ HOLDPOINT_GRAPHS: file, HOLDPOINT_POLICY: "/nowhere/policy.yaml" });
    expect(await program.exited).toMatchObject({ code: 1 });
    expect(program.err).toMatch(/langgraph\.json: `auth` is not read here.*HOLDPOINT_ACCESS.*ENOENT/s);
  });
});

describe("a server that runs", () => {
  it("says where it is, on what it runs and what to do next, and never a password", async () => {
    const secret = new URL(database).password;
    const program = start({ DATABASE_URL: database, HOST: "", OPENAI_API_KEY: "" });
    const url = await program.url();
    await program.said(/npx holdpoint reviews/);
    expect(program.out).toContain("scripted demo model");
    expect(program.out).toContain(new URL(database).host);
    expect(program.out).toContain("npx holdpoint chat");
    expect(secret).not.toBe("");
    expect(program.out + program.err).not.toContain(secret);

    const [, curl = "", body = ""] = /curl -s (\S+) .* -d '(.*)'/.exec(program.out) ?? [];
    expect(curl).toBe(`${url}/runs/wait`);
    const answer = await request(curl, { body });
    expect(answer).toMatchObject({ status: 200, body: { __interrupt__: [{}] } });
    expect(await request(`${url}/healthz`)).toMatchObject({ status: 200 });
    expect(program.err).toBe("");
  });

  it("a stop waits for nobody in vain, answers who waits, and ends with 0", async () => {
    const program = start({ DATABASE_URL: database });
    const url = await program.url();
    expect(await request(`${url}/runs/wait`, { body: refund(1) })).toMatchObject({ status: 200 });
    program.child.kill("SIGTERM");
    expect(await program.exited).toMatchObject({ code: 0 });
    await expect(fetch(`${url}/ok`)).rejects.toThrow("fetch failed");
    expect(program.err).toBe("");
  });

  it("a hold outlives a kill -9 and is decided by the next process, once", async () => {
    const home = join(await temporaryFolder(), "home");
    const first = start({ HOLDPOINT_HOME: home });
    const firstUrl = await first.url();
    const held = await request(`${firstUrl}/runs/wait`, { body: refund(420) });
    expect(held.body["__interrupt__"]).toHaveLength(1);
    const [before] = await reviewsAt(firstUrl);
    first.child.kill("SIGKILL");
    await first.exited;

    const second = start({ HOLDPOINT_HOME: home });
    const url = await second.url();
    const [review] = await reviewsAt(url);
    expect(review).toEqual(before);
    const decision = { type: "approve", argsHash: review?.argsHash };
    expect(await request(`${url}/reviews/${review?.id}/decision`, { body: decision })).toMatchObject({
      status: 200,
    });
    const executions = async () =>
      (await request(`${url}/executions?thread_id=${review?.threadId}`)).body["items"];
    await expect
      .poll(executions, { interval: 50, timeout: 20_000 })
      .toMatchObject([{ state: "succeeded", epoch: 1 }]);
    second.child.kill("SIGINT");
    expect(await second.exited).toMatchObject({ code: 0 });
  });

  it("a second signal ends it at once", async () => {
    const program = start({ DATABASE_URL: database });
    await program.url();
    program.child.kill("SIGINT");
    await program.said(/Stopping/);
    program.child.kill("SIGINT");
    // The stop may have been done by then.
    expect([0, 1]).toContain((await program.exited).code);
  });
});

describe("a server whose output nobody reads any more", () => {
  it("goes on, although it has something to say", async () => {
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, "rules: []\n");
    const program = start({ DATABASE_URL: database, HOLDPOINT_POLICY: file });
    const url = await program.url();
    program.child.stdout.destroy();
    program.child.stderr.destroy();
    await writeFile(file, "rules: [] # changed\n");
    program.child.kill("SIGHUP");
    await writeFile(file, "tiers: 5\n");
    program.child.kill("SIGHUP");
    for (let asked = 0; asked < 20; asked += 1) expect((await request(`${url}/healthz`)).status).toBe(200);
    program.child.kill("SIGTERM");
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });
});

describe("a policy file of one's own", () => {
  const asking = (tier: string): string =>
    `default: { tier: ${tier} }\ntiers:\n  ${tier}: { roles: [boss] }\n`;
  const tierOfNext = async (url: string): Promise<string | undefined> => {
    const threadId = randomUUID();
    const body = { ...refund(5), if_not_exists: "create" };
    await request(`${url}/threads/${threadId}/runs/wait`, { body });
    return (await reviewsAt(url)).find((review) => review.threadId === threadId)?.tier;
  };

  it("comes into force when it changes or when SIGHUP asks, and a wrong one changes nothing but the log", async () => {
    const file = join(await temporaryFolder(), "policy.yaml");
    await writeFile(file, asking("first"));
    const program = start({ DATABASE_URL: database, HOLDPOINT_POLICY: file });
    const url = await program.url();
    expect(await tierOfNext(url)).toBe("first");

    await writeFile(file, asking("second"));
    await program.said(/Reloaded the policy file/);
    expect(await tierOfNext(url)).toBe("second");

    await writeFile(file, "tiers: 5\n");
    await program.said(/policy\.yaml:1:8: /, "err");
    expect(JSON.parse(program.err.split("\n")[0] ?? "")).toMatchObject({ level: "error", file });
    expect(await tierOfNext(url)).toBe("second");

    await writeFile(file, asking("third"));
    program.child.kill("SIGHUP");
    await program.said(/Reloaded the policy file[^]*Reloaded the policy file/);
    expect(await tierOfNext(url)).toBe("third");
  });
});

describe("a server with an access file", () => {
  it("listens for other machines, asks who calls, and lets a key in or out when the file changes", async () => {
    const file = join(await temporaryFolder(), "access.yaml");
    const { key, sha256 } = newKey();
    const naming = (hash: string): string =>
      `keys:\n  - { id: desk, roles: [reviewer], sha256: "${hash}" }\n`;
    await writeFile(file, naming("0".repeat(64)));
    const program = start({ DATABASE_URL: database, HOST: "0.0.0.0", HOLDPOINT_ACCESS: file });
    const { port } = new URL(await program.url());
    const url = `http://127.0.0.1:${port}`;
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await request(`${url}/reviews`, { headers })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ "x-api-key": key })).toBe(401);
    expect((await request(`${url}/healthz`)).status).toBe(200);
    expect(program.out).toContain("access    1 key, 0 issuers");

    await writeFile(file, naming(sha256));
    await program.said(/Reloaded the access file/);
    expect(await statusOf({ "x-api-key": key })).toBe(200);

    await writeFile(file, "keys: []\n");
    await program.said(/access\.yaml:1:1: An empty access file/, "err");
    expect(await statusOf({ "x-api-key": key })).toBe(200);
  });

  it("that is wrong does not start, and says where", async () => {
    const file = join(await temporaryFolder(), "access.yaml");
    await writeFile(file, "keys:\n  - { id: desk }\n");
    const program = start({ DATABASE_URL: database, HOLDPOINT_ACCESS: file });
    expect((await program.exited).code).toBe(1);
    expect(program.err).toMatch(/^\S*access\.yaml:2:5: "sha256" is missing\.\n$/);
  });
});
