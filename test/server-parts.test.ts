import { randomBytes, randomUUID } from "node:crypto";
import dns from "node:dns";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { openPort } from "../src/http/listen.js";
import { createHoldpoint, scriptedModel } from "../src/index.js";
import { eventNames } from "../src/kernel/event-names.js";
import { silentLog } from "../src/kernel/log.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { createPolicySource } from "../src/policies/policy-source.js";
import { consoleLog } from "../src/server/console-log.js";
import { readEnvironment } from "../src/server/environment.js";
import { whyNotStarted } from "../src/server/faults.js";
import { readPolicyFile, watchPolicyFile } from "../src/server/policy-file.js";
import { stopServing } from "../src/server/stop-serving.js";
import { migrate } from "../src/storage/migrate.js";
import { request, say, serve } from "./support/http.js";
import { testDatabase } from "./support/database.js";

const database = await testDatabase();

describe("the environment is read in one place", () => {
  it("an empty value is an absent one", () => {
    const names = [
      "HOST",
      "PORT",
      "DATABASE_URL",
      "DATABASE_DIRECT_URL",
      "HOLDPOINT_HOME",
      "HOLDPOINT_POLICY",
    ];
    expect(readEnvironment(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(readEnvironment({}));
    expect(readEnvironment({})).toMatchObject({ host: "127.0.0.1", port: 8123, policyFile: null });
  });

  it("the database is named without its password", () => {
    const { database, databaseName } = readEnvironment({
      DATABASE_URL: "postgres://app:secret@db.internal:6432/hold",
    });
    expect(database).toEqual({ url: "postgres://app:secret@db.internal:6432/hold" });
    expect(databaseName).toBe("Postgres at db.internal:6432/hold (DATABASE_URL)");
  });

  it("a direct way to a database that is not named is refused, and not left unused", () => {
    expect(() => readEnvironment({ DATABASE_DIRECT_URL: "postgres://app:secret@db/hold" })).toThrow(
      expect.objectContaining({
        code: "options_invalid",
        message: expect.stringMatching(/^DATABASE_DIRECT_URL .* DATABASE_URL/),
      }),
    );
  });

  it.each(["127.0.0.1", "localhost", "::1", "127.0.0.2"])("HOST=%s is this machine", (HOST) => {
    expect(readEnvironment({ HOST }).host).toBe(HOST);
  });

  it.each(["-1", "1e3", "80 80", "0x50", "8123.5", " ", "65536", "99999999999999999999"])(
    "PORT=%s is none",
    (PORT) => {
      expect(() => readEnvironment({ PORT })).toThrow(expect.objectContaining({ code: "options_invalid" }));
    },
  );
});

describe("who is told by webhook", () => {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;

  it("secrets stand apart by spaces, hosts by commas", () => {
    expect(readEnvironment({}).webhooks).toEqual({ secrets: [], allowed: [] });
    const other = `whsec_${randomBytes(24).toString("base64")}`;
    const { webhooks } = readEnvironment({
      HOLDPOINT_WEBHOOK_SECRET: ` ${secret}  ${other}`,
      HOLDPOINT_WEBHOOK_ALLOW: "127.0.0.1, Hooks.internal,[::1],fd00::1,",
    });
    expect(webhooks).toEqual({
      secrets: [secret, other],
      allowed: ["127.0.0.1", "hooks.internal", "::1", "fd00::1"],
    });
  });

  it.each(["secret", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!", secret.slice(6)])(
    "%s is refused as a secret, without being said",
    (bad) => {
      const reading = (): unknown => readEnvironment({ HOLDPOINT_WEBHOOK_SECRET: `${secret} ${bad}` });
      expect(reading).toThrow(expect.objectContaining({ code: "options_invalid" }));
      expect(reading).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(bad.slice(8) || "?!") }),
      );
      expect(reading).toThrow(/secret 2/);
    },
  );

  it.each(["http://hooks.internal", "hooks.internal:8080", "hooks.internal/path", "10.0.0.0/8", "a b", "*"])(
    "%s is refused as a host that may be private",
    (host) => {
      expect(() => readEnvironment({ HOLDPOINT_WEBHOOK_ALLOW: host })).toThrow(
        expect.objectContaining({ code: "options_invalid" }),
      );
    },
  );

  it("addresses of events stand apart by spaces, and one that cannot be called is refused at the start", () => {
    expect(readEnvironment({}).listeners.urls).toEqual([]);
    const given = {
      HOLDPOINT_WEBHOOKS: " https://hooks.example/a?key=1  http://10.0.0.1/b ",
      HOLDPOINT_WEBHOOK_ALLOW: "10.0.0.1",
    };
    expect(readEnvironment(given).listeners).toEqual({
      urls: ["https://hooks.example/a?key=1", "http://10.0.0.1/b"],
      events: eventNames,
    });
    const { HOLDPOINT_WEBHOOKS } = given;
    for (const bad of [
      HOLDPOINT_WEBHOOKS,
      "/reviews",
      "ftp://hooks.example",
      "https://me:secret@hooks.example",
      "https://hooks.example/a,https://hooks.example/b",
      "https://hooks.example,http://other.example",
    ])
      expect(() => readEnvironment({ HOLDPOINT_WEBHOOKS: bad })).toThrow(
        expect.objectContaining({
          code: "options_invalid",
          message: expect.stringContaining("HOLDPOINT_WEBHOOKS"),
        }),
      );
  });

  it("which events are told is named one by one or by their kind, and one that never happens is refused", () => {
    const eventsOf = (HOLDPOINT_EVENTS: string) =>
      readEnvironment({ HOLDPOINT_WEBHOOKS: "https://hooks.example", HOLDPOINT_EVENTS }).listeners.events;
    expect(eventsOf(" ")).toEqual(eventNames);
    expect(eventsOf("review.decided holdpoint.execution.* review.decided")).toEqual([
      "review.decided",
      "execution.succeeded",
      "execution.failed",
      "execution.unknown",
    ]);
    for (const never of ["review", "*", "review.asked", "review.opened,review.decided", "reviews.*"])
      expect(() => eventsOf(never), never).toThrow(
        expect.objectContaining({
          code: "options_invalid",
          message: expect.stringContaining("review.opened") as string,
        }),
      );
    expect(() => readEnvironment({ HOLDPOINT_EVENTS: "review.*" })).toThrow(
      "HOLDPOINT_WEBHOOKS names nobody",
    );
  });
});

describe("the server tells what happens", () => {
  it("warnings and errors are sentences for a person, and JSON for a program", () => {
    const told = (isTTY: boolean): string => {
      let text = "";
      const log = consoleLog({ isTTY, write: (line: string) => (text += line) });
      log.info("nothing to see");
      log.warn("a role is missing", { role: "app" });
      log.error("it broke", { attempt: 2, stack: undefined });
      return text;
    };
    expect(told(true)).toBe("warning: a role is missing role=app\nerror: it broke attempt=2\n");
    const lines = told(false).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: "warn", what: "a role is missing", role: "app" },
      { level: "error", what: "it broke", attempt: 2 },
    ]);
  });
});

describe("a start without its database says why, once, and what to do", () => {
  const login = `app_${randomUUID().replaceAll("-", "")}`;
  const as = (change: (url: URL) => void): string => {
    const url = new URL(database);
    change(url);
    return url.href;
  };
  const asLogin = (url: string): string => {
    const changed = new URL(url);
    changed.username = login;
    return changed.href;
  };
  const toldOf = (url: string): Promise<string> => migrate(url).then(() => "it started", whyNotStarted);

  beforeAll(() => onServer(`create role ${login} login password '${new URL(database).password}'`));
  afterAll(() => onServer(`drop owned by ${login}; drop role ${login}`));

  it.each<[string, string, RegExp]>([
    [
      "no server",
      as((url) => (url.port = "1")),
      /cannot be reached: connect ECONNREFUSED.*server is up.*DATABASE_URL/,
    ],
    [
      "no such host",
      as((url) => (url.hostname = "db.invalid")),
      /cannot be reached: getaddrinfo .*db\.invalid/,
    ],
    [
      "a wrong password",
      as((url) => (url.password = "secret")),
      /refused the login: .*"postgres".*password in DATABASE_URL/,
    ],
    [
      "no password",
      as((url) => (url.password = "")),
      /asks "postgres" for a password.*DATABASE_URL has none/,
    ],
    ["no such login", as((url) => (url.username = "nobody")), /refused the login: .*"nobody"/],
    [
      "no such database",
      as((url) => (url.pathname = "/nowhere")),
      /no database "nowhere".* createdb -h \S+ -p \d+ -U postgres nowhere/,
    ],
  ])("%s", async (_what, url, why) => {
    const told = await toldOf(url);
    expect(told).toMatch(/^Holdpoint did not start: .* \(database_unavailable\)\n$/);
    expect(told).toMatch(why);
    expect(told.match(/cannot be reached|refused the login|has no database/g) ?? [""]).toHaveLength(1);
    expect(told).not.toContain("secret");
    expect(told).not.toContain(new URL(database).password);
  });

  it("a login that may not log in", async () => {
    await onServer(`alter role ${login} nologin`);
    expect(await toldOf(asLogin(database))).toMatch(/does not let this login in: .*"app_\w+".*pg_hba\.conf/);
    await onServer(`alter role ${login} login`);
  });

  it("a login that may not connect to this database", async () => {
    const name = new URL(database).pathname.slice(1);
    await onServer(`revoke connect on database ${name} from public`);
    expect(await toldOf(asLogin(database))).toContain(`grant connect on database "${name}" to "${login}"`);
    await onServer(`grant connect on database ${name} to public`);
  });

  it("a login that may create nothing, and what is named is what it needs", async () => {
    const name = `bare_${randomUUID().replaceAll("-", "")}`;
    await onServer(`create database ${name}`);
    const url = asLogin(as((url) => (url.pathname = `/${name}`)));
    const told = await toldOf(url);
    expect(told).toMatch(/may not set up .*permission denied for database.* \(options_invalid\)\n$/);
    const [advice = ""] = /grant create on database "\w+" to "\w+"/.exec(told) ?? [];
    await onServer(advice);
    expect(await toldOf(url)).toBe("it started");
    await onServer(`drop database ${name} with (force)`);
  });

  it("a login that does not own what another one has set up", async () => {
    const name = new URL(database).pathname.slice(1);
    await onServer(`grant create on database ${name} to ${login}`);
    expect(await toldOf(asLogin(database))).toMatch(
      /may not set up .*permission denied for schema holdpoint.* to own the schema/,
    );
    await onServer(`revoke create on database ${name} from ${login}`);
  });

  it("a host of two addresses that both refuse", async () => {
    const both = [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ];
    const lookup = vi.spyOn(dns, "lookup").mockImplementation((...args: unknown[]) => {
      (args.at(-1) as (error: null, addresses: typeof both) => void)(null, both);
    });
    expect(await toldOf("postgres://u:secret@two.invalid:1/d")).toContain("connect ECONNREFUSED 127.0.0.1:1");
    lookup.mockRestore();
  });

  it("another kind of server at that port", async () => {
    const web = createServer().listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;
    expect(await toldOf(as((url) => (url.port = String(port))))).toMatch(
      /is no Postgres.*port in DATABASE_URL/,
    );
    web.close();
  });

  it("a server that is too old", async () => {
    const old = await oldPostgres();
    expect(await toldOf(old.url)).toMatch(/is of version 12.*from version 13.*\(options_invalid\)\n$/);
    old.close();
  });

  it("a pooler's URL that is wrong where the direct one is right", async () => {
    const wrong = as((url) => (url.pathname = "/nowhere"));
    const starting = createHoldpoint({
      model: scriptedModel("silent", () => ({ text: "" })),
      tools: [],
      database: { url: wrong, directUrl: database },
    });
    expect(await starting.then(String, whyNotStarted)).toContain('has no database "nowhere"');
  });
});

describe("a policy file of one's own", () => {
  const text = "rules: [{ id: a, when: 'true' }]\n";
  let file: string;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), "holdpoint-policy-")), "policy.yaml");
    await writeFile(file, text);
  });
  afterEach(() => rm(dirname(file), { recursive: true, force: true }));

  it("a folder, a file that is not there and one that is empty each get a sentence", async () => {
    const told = (path: string): Promise<string> => readPolicyFile(path).then(String, whyNotStarted);
    expect(await told(dirname(file))).toMatch(
      /^Holdpoint did not start: HOLDPOINT_POLICY=\S+ is a folder\. Name the policy/,
    );
    expect(await told(`${file}.gone`)).toMatch(/^Holdpoint did not start: HOLDPOINT_POLICY=\S+ is not there/);
    await writeFile(file, "");
    expect(await told(file)).toMatch(/^\S+policy\.yaml:1:1: An empty policy has no rules/);
  });

  it("one that is mended after a fault is said to be good again, also where it is the one in force", async () => {
    const source = createPolicySource(loadPolicy(text, file));
    const { version } = source.current();
    const runtime = {
      reload: async (text: string, file = "") => source.replace(() => loadPolicy(text, file)),
    };
    const told = new EventEmitter();
    const log = { ...silentLog, error: (_: string, fields?: object) => told.emit("fault", fields) };
    const watched = watchPolicyFile(runtime, file, text, { log, say: (line) => told.emit("said", line) });
    // Listened for before the change: the watch may see it before we ask.
    const toldOf = async (event: string, change: () => Promise<void>): Promise<unknown> => {
      const next = once(told, event);
      await change();
      watched.reload();
      return (await next)[0];
    };

    expect(await toldOf("fault", () => writeFile(file, ""))).toMatchObject({
      file,
      error: expect.stringContaining("empty policy"),
    });
    expect(source.current().version).toBe(version);
    expect(await toldOf("said", () => writeFile(file, text))).toBe(
      `The policy file ${file} is good again: version ${version.slice(0, 12)} is in force, as before.`,
    );
    expect(await toldOf("fault", () => rm(file))).toMatchObject({ error: expect.stringContaining("ENOENT") });
    expect(await toldOf("said", () => writeFile(file, `# mended\n${text}`))).toBe(
      `Reloaded the policy file ${file}: version ${version.slice(0, 12)}.`,
    );
    watched.stop();
  });
});

describe("a port opens before there is anything to serve", () => {
  it("who comes early is told to come back", async () => {
    const port = await openPort({ host: "127.0.0.1", port: 0 });
    const answer = await request(`${port.url}/healthz`);
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining("starting") } });
    expect(answer.headers.get("retry-after")).toBe("2");
    await port.close();
  });

  it("one that is taken is named", async () => {
    const first = await openPort({ host: "127.0.0.1", port: 0 });
    const port = Number(new URL(first.url).port);
    await expect(openPort({ host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "port_taken",
      details: { port },
    });
    await first.close();
  });
});

describe("a stop", () => {
  it("who waits for a run at work, or watches one, gets the answer first", async () => {
    const at = await serve(database);
    const [waited, watched] = [randomUUID(), randomUUID()];
    const wait = request(`${at.url}/runs/wait`, {
      body: { assistant_id: "support", ...say(`wait ${waited}`) },
    });
    const stream = fetch(`${at.url}/runs/stream`, {
      method: "POST",
      body: JSON.stringify({ assistant_id: "support", ...say(`wait ${watched}; pay ${watched} 1`) }),
    }).then((response) => response.text());
    const atWork = () => at.runtime.db.once("worker", "select from holdpoint.runs where status = 'running'");
    await expect.poll(atWork, { interval: 20 }).toHaveLength(2);

    const stopped = stopServing(at.port, at.runtime, silentLog);
    await expect(fetch(`${at.url}/ok`)).rejects.toThrow("fetch failed");
    at.release(waited);
    at.release(watched);
    expect((await wait).body["messages"]).toHaveLength(4);
    expect(await stream).toMatch(/__interrupt__.*\nid: \S+\n\nevent: end\n/s);
    await stopped;
  });

  it("tells who waits for a run that takes longer than it may that the run is kept, and it is", async () => {
    const faults: string[] = [];
    const fault = (what: string): void => void faults.push(what);
    const log = { info: () => {}, warn: fault, error: fault };
    const name = `slow-${randomUUID()}`;
    const at = await serve(database, { name, log, settings: { drainMs: 50 } });
    const id = randomUUID();
    const { thread_id: threadId } = await at.client.threads.create();
    const body = { assistant_id: name, ...say(`wait ${id}`) };
    const wait = request(`${at.url}/threads/${threadId}/runs/wait`, { body });
    const stream = fetch(`${at.url}/runs/stream`, { method: "POST", body: JSON.stringify(body) });
    const watched = stream.then((response) => response.text());
    const atWork = () =>
      at.runtime.db.once("worker", "select from holdpoint.runs where status = 'running' and graph_id = $1", [
        name,
      ]);
    await expect.poll(atWork, { interval: 20 }).toHaveLength(2);
    await stopServing(at.port, at.runtime, log);
    expect((await wait).body).toMatchObject({ __error__: { error: "stopped" } });
    expect(await watched).toMatch(/event: error\ndata: \{"error":"stopped".*event: end\n/s);
    expect(faults).toEqual([]);

    const next = await serve(database, { name });
    next.release(id);
    await next.runtime.waitForThread("default", threadId);
    const { values } = await next.client.threads.getState(threadId);
    expect((values as { messages: unknown[] }).messages).toHaveLength(4);
    await next.stop();
  });
});

async function onServer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("clusterUrl") });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** Lets everybody in and answers every question with one row: that it is version 12. */
async function oldPostgres(): Promise<{ url: string; close(): void }> {
  const int = (value: number): string => String.fromCharCode(0, 0, 0, value);
  const message = (type: string, body: string): string => `${type}${int(body.length + 4)}${body}`;
  const letIn = message("R", int(0)) + message("Z", "I");
  const columns = `\0\x01server_version_num\0${int(0)}\0\0${int(25)}\xff\xff\xff\xff\xff\xff\0\0`;
  const row = `\0\x01${int(6)}120004`;
  const answer = message("T", columns) + message("D", row) + message("C", "SHOW\0") + message("Z", "I");
  const server = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(letIn, "latin1");
      socket.on("data", (asked) =>
        asked.toString().startsWith("Q") ? socket.write(answer, "latin1") : socket.end(),
      );
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://u:p@127.0.0.1:${port}/d`, close: () => void server.close() };
}
