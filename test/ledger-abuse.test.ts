// The ledger in Postgres against whoever would write, change or hide something, and against all that goes on at once.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { ledgerVerifyCommand } from "../src/cli/ledger.js";
import { defineTool } from "../src/index.js";
import { eventNames } from "../src/kernel/event-names.js";
import { silentLog } from "../src/kernel/log.js";
import { localPerson } from "../src/kernel/principal.js";
import { openLedgerKey } from "../src/server/ledger-key.js";
import { appRole, openDatabase, type Database } from "../src/storage/database.js";
import { createLedgerStore } from "../src/storage/ledger-rows.js";
import { migrate } from "../src/storage/migrate.js";
import { liftStop, setStop } from "../src/storage/stop-rows.js";
import { answerReview, callOf, processWith, scopeOf } from "./support/below-graph.js";
import { dist, endOf } from "./support/child.js";
import { urlOf } from "./support/cluster.js";
import { testDatabase } from "./support/database.js";
import { ledgerFaults, linesOf, testKey, verifyLines } from "./support/ledger.js";
import { capturingTerminal } from "./support/terminal.js";

const tenant = "default";
const now = () => new Date();

let url: string;
let db: Database;
let admin: pg.Pool;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 40 });
  admin = new pg.Pool({ connectionString: url });
});
afterAll(() => Promise.all([db.close(), admin.end()]));

const pay = defineTool({
  name: "pay",
  description: "Pays.",
  args: z.object({ id: z.string() }),
  run: () => "paid",
});

/** A call that is proposed, approved and made. */
async function payOnce(threadId: string, over = db): Promise<void> {
  const own = await processWith(over, [pay]);
  const call = callOf(randomUUID());
  await own.act(scopeOf(threadId, null), call);
  await answerReview(own.deps, threadId, "approve");
  expect(await own.act(scopeOf(threadId, null), call)).toMatchObject({ kind: "answered" });
}

const eventsOf = async (threadId: string, at: pg.Pool = admin): Promise<string[]> =>
  (
    await at.query<{ event: string }>(
      "select entry::jsonb ->> 'event' as event from holdpoint.ledger where stream = $1 order by n",
      [`thread:${threadId}`],
    )
  ).rows.map(({ event }) => event);
const wholePayment = [
  "action.proposed",
  "review.opened",
  "review.decided",
  "execution.claimed",
  "execution.succeeded",
];

describe("the role of the app", () => {
  /** Nothing of it stays. */
  async function asApp(...statements: string[]): Promise<string> {
    const client = await admin.connect();
    try {
      await client.query(`begin; set local role ${appRole}; set local holdpoint.tenant = '${tenant}'`);
      for (const statement of statements) await client.query(statement);
      return "done";
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.query("rollback");
      client.release();
    }
  }

  it("writes, changes, deletes and empties nothing of it", async () => {
    await payOnce(randomUUID());
    await createLedgerStore(db).seal(testKey, now);
    for (const statement of [
      "insert into holdpoint.ledger (tenant_id, stream, n, entry, prev, hash) values ('default', 'policy', 1, '{}', '', '')",
      "update holdpoint.ledger set entry = '{}'",
      "delete from holdpoint.ledger",
      "truncate holdpoint.ledger",
      "update holdpoint.ledger_seals set seal = '{}'",
      "delete from holdpoint.ledger_seals",
      "update holdpoint.ledger_seal_leaves set n = 1",
      "delete from holdpoint.ledger_seal_leaves",
      "truncate holdpoint.ledger_seals, holdpoint.ledger_seal_leaves",
      "select holdpoint.append_entry('default', 'policy', '{}')",
      "alter table holdpoint.ledger disable trigger all",
      "set session_replication_role = replica",
    ])
      expect(await asApp(statement), statement).toMatch(/permission denied|must be owner/);
  });

  it("cannot have what writes it work for a table of its own", async () => {
    const { rows } = await admin.query<{ name: string; returns: string }>(
      `select proname as name, prorettype::regtype::text as returns from pg_proc
       where pronamespace = 'holdpoint'::regnamespace and prosecdef`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["record_action", "record_execution", "record_stop", "tell"]),
    );
    for (const { name, returns } of rows) {
      expect(returns, name).toBe("trigger");
      expect(
        await asApp(
          "create temp table own (like holdpoint.executions)",
          `create trigger forged after insert on own for each row execute function holdpoint.${name}()`,
        ),
        name,
      ).toBe(`permission denied for function holdpoint.${name}`);
    }
  });

  it("hides nothing behind tables, functions and a search path of its own", async () => {
    const threadId = randomUUID();
    const own = await processWith(db, [pay]);
    const call = callOf(randomUUID());
    await own.act(scopeOf(threadId, null), call);
    const client = await admin.connect();
    try {
      await client.query(`begin; set local role ${appRole}; set local holdpoint.tenant = '${tenant}';
        create temp table ledger (like holdpoint.ledger); create temp table reviews (like holdpoint.reviews);
        create function pg_temp.sha256(bytea) returns bytea language sql as 'select null::bytea';
        create function pg_temp.convert_to(text, text) returns bytea language sql as 'select null::bytea';
        set local search_path = pg_temp, pg_catalog; set local holdpoint.told_at = ''; set local holdpoint.told_of = ''`);
      await client.query(
        `insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom)
         select tenant_id, review_id, 'claimed', requested_by from holdpoint.reviews where thread_id = $1`,
        [threadId],
      );
      await client.query("commit");
      await client.query("discard all");
    } finally {
      client.release();
    }
    expect(await eventsOf(threadId)).toEqual(["action.proposed", "review.opened", "review.claimed"]);
  });
});

describe("tables whose owner is no superuser", () => {
  it.each([true, false])("have all on record and tell of it; a role of the app: %s", async (roles) => {
    const name = `owner_${randomUUID().replaceAll("-", "")}`;
    await admin.query(`create role ${name} login password 'x' nosuperuser nocreaterole`);
    if (roles) await admin.query(`grant ${appRole} to ${name}`);
    await admin.query(`create database ${name} owner ${name}`);
    const target = new URL(urlOf(inject("clusterUrl"), name));
    target.username = name;
    target.password = "x";
    expect(await migrate(target.href)).toMatchObject({ roles });
    const listeners = { urls: ["http://127.0.0.1:9/"], events: eventNames };
    const owned = openDatabase({ url: target.href, roles, listeners });
    const reader = new pg.Pool({ connectionString: urlOf(inject("clusterUrl"), name) });
    // The database is dropped.
    reader.on("error", () => {});
    try {
      const threadId = randomUUID();
      await payOnce(threadId, owned);
      expect(await eventsOf(threadId, reader)).toEqual(wholePayment);
      for (const kind of ["all", "tool"] as const) {
        const by = { ...localPerson, tenant: kind };
        const stop = await setStop(owned, by, { kind, name: kind === "all" ? null : "pay", why: "Wait." });
        await liftStop(owned, by, stop, "Go on.");
        const { rows } = await reader.query<{ event: string }>(
          "select entry::jsonb ->> 'event' as event from holdpoint.ledger where tenant_id = $1 and stream = 'agents' order by n",
          [kind],
        );
        expect(rows.map(({ event }) => event)).toEqual(["stop.set", "stop.lifted"]);
      }
      const told = await reader.query<{ event: string }>(
        "select event from holdpoint.webhooks order by event",
      );
      expect(told.rows.map(({ event }) => event)).toEqual([
        "execution.succeeded",
        "review.decided",
        "review.opened",
      ]);
      await createLedgerStore(owned).seal(testKey, now);
      // Read as an auditor would, who was let in.
      if (!roles)
        await reader.query(
          `grant usage on schema holdpoint to ${appRole};
             grant select on all tables in schema holdpoint to ${appRole}`,
        );
      const lines = await linesOf(urlOf(inject("clusterUrl"), name), tenant);
      expect(await verifyLines(lines)).toMatchObject({ faults: [], entries: 5, seals: 1, unsealed: 0 });
      await expect(owned.pool.query("delete from holdpoint.ledger")).rejects.toThrow(
        "The ledger is written once",
      );
    } finally {
      await owned.close();
      await reader.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
    }
  });
});

describe("all at once", () => {
  it("two and thirty calls of one thread, settled at the same moment, stand in one chain", async () => {
    const threadId = randomUUID();
    const own = await processWith(db, [pay]);
    const calls = Array.from({ length: 32 }, (_, callIndex) => ({ ...callOf(randomUUID()), callIndex }));
    await Promise.all(calls.map((call) => own.act(scopeOf(threadId, null), call)));
    const { items } = await own.deps.store.list(tenant, { threadId, status: "open", limit: 50 });
    expect(items).toHaveLength(32);
    await admin.query(
      `insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, decided_by)
       select gen_random_uuid(), tenant_id, review_id, action_id, 'approve', args, args_hash, args_hash, requested_by
       from holdpoint.reviews where thread_id = $1`,
      [threadId],
    );
    await admin.query(
      "update holdpoint.reviews set status = 'decided', decided_at = now() where thread_id = $1",
      [threadId],
    );
    const outcomes = await Promise.all(calls.map((call) => own.act(scopeOf(threadId, null), call)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(calls.map(() => "answered"));
    const events = await eventsOf(threadId);
    expect(events).toHaveLength(32 * 5);
    expect(await ledgerFaults(url)).toEqual([]);
  });

  it("one statement writes to more streams than there is room for locks", async () => {
    const many = openDatabase({ url: await testDatabase(), roles: true });
    try {
      await many.once(
        { tenant },
        `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
           args_hash, route, assessment, requested_by)
         select 'action ' || n, $1, 'thread ' || n, 'graph', 'message', 0, 'call', 'pay', '{}', 'hash', 'approve', '{}', $2
         from generate_series(1, $3::int) n`,
        [tenant, localPerson, 40_000],
      );
      const { length } = await many.once({ tenant }, "select from holdpoint.ledger");
      expect(length).toBe(40_000);
    } finally {
      await many.close();
    }
  });

  it("a thread whose transaction stays open holds up no other", async () => {
    const [slow, other] = [randomUUID(), randomUUID()];
    const own = await processWith(db, [pay]);
    await own.act(scopeOf(slow, null), callOf(randomUUID()));
    const held = await admin.connect();
    try {
      await held.query("begin");
      await remarkOn(held, slow);
      await payOnce(other);
      await held.query("commit");
    } finally {
      held.release();
    }
    expect(await eventsOf(slow)).toEqual(["action.proposed", "review.opened", "review.claimed"]);
  });

  it("two transactions that wait for each other's streams both come to be", async () => {
    const threads = [randomUUID(), randomUUID()];
    const own = await processWith(db, [pay]);
    for (const threadId of threads) await own.act(scopeOf(threadId, null), callOf(randomUUID()));
    let met = 0;
    let both: () => void = () => {};
    const bothAreIn = new Promise<void>((resolve) => (both = resolve));
    const crossing = (first = "", second = "") =>
      db.transaction({ tenant }, async (sql) => {
        await sql.query(remark, [first]);
        met += 1;
        if (met === 2) both();
        await bothAreIn;
        await sql.query(remark, [second]);
      });
    await Promise.all([crossing(...threads), crossing(...threads.toReversed())]);
    expect(met).toBeGreaterThan(2);
    for (const threadId of threads)
      expect((await eventsOf(threadId)).filter((event) => event === "review.claimed")).toHaveLength(2);
  });
});

describe("sealing", () => {
  it("seals what a transaction writes that was open over several seals, and loses nothing of it", async () => {
    const ledger = createLedgerStore(db);
    const [late, early] = [randomUUID(), randomUUID()];
    const own = await processWith(db, [pay]);
    for (const threadId of [late, early]) await own.act(scopeOf(threadId, null), callOf(randomUUID()));
    await ledger.seal(testKey, now);
    const held = await admin.connect();
    try {
      await held.query("begin");
      await remarkOn(held, late);
      for (let nth = 0; nth < 3; nth += 1) {
        await remarkOn(admin, early);
        await ledger.seal(testKey, now);
      }
      expect(await unsealed()).toBe(0);
      await held.query("commit");
    } finally {
      held.release();
    }
    expect(await unsealed()).toBe(1);
    await ledger.seal(testKey, now);
    expect(await unsealed()).toBe(0);
  });

  it("by many at once makes one chain of seals", async () => {
    const servers = Array.from({ length: 4 }, () => openDatabase({ url, roles: true, maxConnections: 2 }));
    try {
      for (let nth = 0; nth < 5; nth += 1) {
        const paid = payOnce(randomUUID());
        await Promise.all(servers.map((server) => createLedgerStore(server).seal(testKey, now)));
        await paid;
      }
      await createLedgerStore(db).seal(testKey, now);
      expect(await unsealed()).toBe(0);
      expect(await ledgerFaults(url)).toEqual([]);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });

  it("by a server whose clock went back follows the seal before", async () => {
    await payOnce(randomUUID());
    await createLedgerStore(db).seal(testKey, () => new Date(0));
    expect(await ledgerFaults(url)).toEqual([]);
  });
});

describe("a database that was moved to another server, whose transactions have lower numbers", () => {
  // As after a restore: rows keep the numbers that they were written with.
  let moved: string;
  let there: Database;
  beforeAll(async () => {
    moved = await testDatabase();
    there = openDatabase({ url: moved, roles: true });
    await payOnce("before", there);
    await createLedgerStore(there).seal(testKey, now);
    await payOnce("unsealed", there);
    const restored = new pg.Client({ connectionString: moved });
    await restored.connect();
    await restored.query("set session_replication_role = replica");
    await restored.query("update holdpoint.ledger set xid = (xid::text::bigint + 1000000000)::text::xid8");
    return restored.end();
  });
  afterAll(() => there.close());
  const verified = async () => verifyLines(await linesOf(moved, tenant));

  it("is exported whole", async () => {
    expect(await verified()).toMatchObject({ faults: [], entries: 10, seals: 1, unsealed: 5 });
  });

  it("is sealed whole, though the other's numbers were reached before anything was sealed here", async () => {
    const restored = new pg.Client({ connectionString: moved });
    await restored.connect();
    // Of another server, of which everything before the newest number here was sealed.
    await payOnce("after", there);
    await restored.query(
      "update holdpoint.ledger_sealed set before_xid = pg_snapshot_xmax(pg_current_snapshot()), of_server = of_server + 1",
    );
    await restored.query("set session_replication_role = replica");
    await restored.query(
      "update holdpoint.ledger set xid = (xid::text::bigint - 1000000000)::text::xid8 where xid::text::bigint > 1000000000",
    );
    await restored.end();
    await createLedgerStore(there).seal(testKey, now);
    expect(await verified()).toMatchObject({ faults: [], entries: 15, seals: 2, unsealed: 0 });
  });
});

describe("names of every kind", () => {
  it("are hashed as they are", async () => {
    const odd = [
      '"quoted" \\ back',
      "line\nfeed\r\ttab",
      "\u{1F600}\u2028\u2029",
      "\u0001\u001f\u007f\u0080",
      "x".repeat(255),
      "\u{1F600}".repeat(127),
      "{}[],:",
      "__proto__",
    ];
    for (const threadId of odd) await payOnce(threadId);
    const own = openDatabase({ url, roles: true });
    try {
      for (const name of odd) {
        const by = { ...localPerson, id: name, tenant: name };
        const stop = await setStop(own, by, { kind: "tool", name, why: name });
        await liftStop(own, by, stop, name);
      }
    } finally {
      await own.close();
    }
    expect(await ledgerFaults(url)).toEqual([]);
  });
});

describe("the key", () => {
  it("of many servers that start at once is one, whole, and for nobody else to read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-key-"));
    try {
      for (let nth = 0; nth < 20; nth += 1) {
        const file = join(folder, String(nth), "ledger-key.pem");
        const keys = await Promise.all(
          Array.from({ length: 8 }, () => openLedgerKey({ file, mayMake: true }, silentLog)),
        );
        expect(new Set(keys.map((key) => key?.id)).size).toBe(1);
        expect((await stat(file)).mode & 0o777).toBe(0o600);
        expect(await readdir(join(folder, String(nth)))).toEqual(["ledger-key.pem"]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("a key that could not be written whole", () => {
  it("is none, and the next start makes one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-key-"));
    try {
      const file = join(folder, "ledger-key.pem");
      const program = `
        const { openLedgerKey } = await import("file://" + process.argv[1] + "src/server/ledger-key.js");
        const log = { info() {}, error() {}, warn() {} };
        await openLedgerKey({ file: process.argv[2], mayMake: true }, log);`;
      // No file may have a byte.
      const full = `trap "" XFSZ; ulimit -f 0; exec "$@"`;
      const node = [process.execPath, "--input-type=module", "--eval", program, dist, file];
      await endOf(spawn("bash", ["-c", full, "bash", ...node]));
      expect(await readdir(folder)).toEqual([]);
      expect(await openLedgerKey({ file, mayMake: true }, silentLog)).toMatchObject({
        id: expect.any(String) as string,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("a file that is made to do harm", () => {
  const begin = `{"ledger":"holdpoint-1","line":"begin","tenant":"a"}\n`;
  const entry = (stream: string, n: string, more = "") =>
    `{"entry":{${more}"event":"x"},"hash":"h","line":"entry","n":${n},"prev":"","stream":"${stream}"}\n`;
  const seal = (n: string, leaves = "") =>
    `{"leaves":[${leaves}],"line":"seal","seal":{"at":"x","key":"k","n":${n},"prev":"","root":"r","streams":0,"tenant":"a"},"signature":"s"}\n`;
  const leaf = `{"hash":"h","n":1,"stream":"a"}`;

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdpoint-ledger-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  async function verifyFile(file: string) {
    const terminal = capturingTerminal();
    const code = await ledgerVerifyCommand.run([file], terminal);
    return { code, ...terminal.said };
  }

  it.each<[string, string | Buffer, string]>([
    ["is empty", "", "has no end"],
    ["is NUL", "\0\n", "It is no JSON."],
    ["has other ends of lines", begin.replace("\n", "\r\n"), "not in canonical form"],
    ["begins with a mark of its bytes' order", `\uFEFF${begin}`, "It is no JSON."],
    [
      "is nested by the hundred thousand",
      `${begin}{"entry":${`{"a":`.repeat(1e5)}1${"}".repeat(1e5)}}\n`,
      "no line of a",
    ],
    ["is a list in a list in a list", "[".repeat(1e6), "It is no JSON."],
    [
      "names what every object has",
      begin + entry("__proto__", "1", '"__proto__":"x",') + entry("constructor", "2"),
      "Entry 1 of constructor is missing.",
    ],
    [
      "counts to where numbers end",
      begin + entry("a", "9007199254740991") + entry("b", "4294967295"),
      "Entries 1 to 9007199254740990 of a are missing.",
    ],
    ["counts beyond it", begin + entry("a", "9007199254740993") + entry("b", "1e400"), "Too big"],
    [
      "seals as often as that",
      begin + seal("9007199254740991") + seal("4294967295"),
      "Seal 9007199254740991 stands where seal 1 belongs",
    ],
    [
      "seals one stream many times",
      begin + seal("1", Array(2_000).fill(leaf).join(",")),
      "Entry 1 of a was sealed by seal 1, at x, and is gone.",
    ],
    [
      "speaks to the terminal",
      begin + entry("\\u001b[31m", "1"),
      "Entry 1 of \\u001b[31m is not what was written",
    ],
  ])("that %s is found out", async (_, bytes, says) => {
    const file = join(folder, randomUUID());
    await writeFile(file, bytes);
    const { code, out, err } = await verifyFile(file);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(says);
  });

  it("that is packed, or no text, is refused", async () => {
    for (const bytes of [gzipSync(begin), Buffer.from([0xff, 0xfe, 0x7b])]) {
      const file = join(folder, randomUUID());
      await writeFile(file, bytes);
      await expect(verifyFile(file)).rejects.toThrow("cannot be read: The encoded data was not valid");
    }
  });

  it("that is one endless line is refused before it has filled the memory", async () => {
    const file = join(folder, randomUUID());
    await writeFile(file, "");
    // Zeros that take no place on the disk.
    await truncate(file, 300 * 1024 * 1024);
    await expect(verifyFile(file)).rejects.toThrow("a line that is longer than any of a ledger");
  });

  it("that has thousands of faults is told to the end", async () => {
    const file = join(folder, randomUUID());
    await writeFile(file, "x\n".repeat(2_000));
    const child = spawn(process.execPath, [join(dist, "src/cli.js"), "ledger", "verify", file]);
    const { code, stderr } = await endOf(child);
    expect(code).toBe(1);
    expect(stderr.split("\n")).toHaveLength(1_000 + 2);
    expect(stderr).toContain("This ledger does not hold together.");
  });
});

const remark = `insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom)
  select tenant_id, review_id, 'claimed', requested_by from holdpoint.reviews where thread_id = $1`;
const remarkOn = (sql: pg.Pool | pg.PoolClient, threadId: string) => sql.query(remark, [threadId]);

async function unsealed(): Promise<number> {
  const { faults, unsealed: count } = await verifyLines(await linesOf(url, tenant));
  expect(faults).toEqual([]);
  return count;
}
