// Faults from the matrix at the places where they hurt: the database away at the wrong moment, a process that stalls
// past its lease, a deploy while something is held, texts that Postgres cannot hold.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { ActDeps } from "../src/execution/act.js";
import { defineTool, scriptedModel, type Holdpoint, type HoldpointTool } from "../src/index.js";
import { jsonLog } from "../src/kernel/log.js";
import { localPerson, type Principal } from "../src/kernel/principal.js";
import type { HoldpointOptions } from "../src/options.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { decide, type DecideDeps } from "../src/review/decide.js";
import { propose } from "../src/review/propose.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createReviewStore } from "../src/storage/review-rows.js";
import type { NewRun, Run } from "../src/storage/run-rows.js";
import { toolSet } from "../src/tools/tool-set.js";
import { countingTools, obedient, startAgent, type TestAgent } from "./support/agent.js";
import { answerReview, callOf, deciding, processWith, runStoreOf, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { tcpProxy } from "./support/proxy.js";

let url: string;
let db: Database;
let admin: pg.Pool;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 6 });
  admin = new pg.Pool({ connectionString: url, max: 3 });
  // The database is dropped under it at the end.
  admin.on("error", () => {});
  return async () => {
    await db.close();
    await admin.end();
  };
});

const running: Holdpoint[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

async function start(more: Partial<HoldpointOptions> = {}, at = url): Promise<TestAgent> {
  const agent = await startAgent(at, more);
  running.push(agent.holdpoint);
  return agent;
}

const args = z.object({ id: z.string(), amount: z.number().optional() });
type Definition = Parameters<typeof defineTool<typeof args>>[0];
const tool = (name: string, more: Partial<Definition> & Pick<Definition, "run">): HoldpointTool =>
  defineTool({ name, description: `The tool ${name}.`, args, ...more });

async function decideFirst(holdpoint: Holdpoint, threadId: string, type: "approve" | "happened" | "retry") {
  const [review] = await holdpoint.reviews({ threadId });
  if (!review) throw new Error("Nothing waits.");
  const result = await holdpoint.decide(review.id, { type, argsHash: review.argsHash });
  if (!result.ok) throw result.error;
}

const answersIn = (view: { messages: { getType(): string; text: string }[] }): string[] =>
  view.messages.flatMap((message) => (message.getType() === "tool" ? [message.text] : []));

/** Waits, but not for ever: a thread that is stuck shows as what it was last. */
async function rest(holdpoint: Holdpoint, threadId: string): Promise<string> {
  const until = Date.now() + 30_000;
  for (;;) {
    const left = delay(Math.max(0, until - Date.now()), "stuck", { ref: false });
    const status = await Promise.race([
      holdpoint.wait(threadId).then(
        (view) => view.status,
        () => delay(100, "away"),
      ),
      left,
    ]);
    if (status !== "away") return status;
  }
}

describe("where the database goes away at a bad moment", () => {
  it("a run whose end could not be written is taken up again when the database is back", async () => {
    const proxy = await tcpProxy(url);
    const id = randomUUID();
    let asked = 0;
    const model = scriptedModel("cutting", (messages) => {
      asked += 1;
      if (asked === 1) proxy.cut();
      return obedient(messages);
    });
    const logged: string[] = [];
    const { holdpoint } = await start({ model, log: jsonLog((line) => logged.push(line)) }, proxy.url);
    const sent = holdpoint.send(id, "hello").catch(() => {});
    await expect.poll(() => logged.join(""), { interval: 10 }).toContain("worker could not give back");
    proxy.mend();
    await sent;
    expect(await rest(holdpoint, id)).toBe("idle");
    await holdpoint.stop();
    running.splice(0);
    await proxy.close();
  });

  it("a run whose start was written and not confirmed is taken up, once", async () => {
    const proxy = await tcpProxy(url);
    const id = randomUUID();
    const { holdpoint } = await start({}, proxy.url);
    await holdpoint.send(randomUUID(), "warm up");
    const isLost = proxy.loseAnswerTo("run.begin");
    await expect(holdpoint.send(id, "hello")).rejects.toMatchObject({ code: "database_unavailable" });
    await isLost;
    proxy.mend();
    expect(await rest(holdpoint, id)).toBe("idle");
    const view = await holdpoint.send(id, "again");
    expect(view.messages.map((message) => message.getType())).toEqual(["human", "ai", "human", "ai"]);
    await holdpoint.stop();
    running.splice(0);
    await proxy.close();
  });

  it("an action that was parked is tried again even if writing that down fails at first", async () => {
    const id = randomUUID();
    const other = await testDatabase();
    const own = new pg.Client({ connectionString: other });
    await own.connect();
    await own.query(`
      create sequence claims; create sequence retries;
      grant usage on all sequences in schema public to public;
      create function fail_first() returns trigger language plpgsql as $$ begin
        if nextval(tg_argv[0]) = 1 then raise exception 'not now' using errcode = tg_argv[1]; end if; return new; end $$;
      create trigger claim before insert on holdpoint.executions for each row execute function fail_first('claims', 'P0001');
      create trigger retry before insert on holdpoint.runs for each row when (new.payload ? 'attempt')
        execute function fail_first('retries', '57P01');`);
    await own.end();
    const logged: string[] = [];
    const log = jsonLog((line) => logged.push(line));
    const { holdpoint, effects } = await start({ log }, other);
    const parked = await holdpoint.send(id, `read ${id}`).catch(() => null);
    // Whoever chats reads that it waits; which fault it was stands in the log.
    expect(JSON.stringify(parked)).not.toContain("not now");
    expect(logged.filter((line) => line.includes("a call met a fault and waits")).join("")).toContain(
      "not now",
    );
    await expect.poll(() => effects.of("read").length).toBe(1);
    expect(await rest(holdpoint, id)).toBe("idle");
  });

  it("an input that was begun and given back is not given to the model a second time", async () => {
    const id = randomUUID();
    const name = `agent-${randomUUID()}`;
    const { tools } = countingTools();
    const heard: number[] = [];
    const asked: string[] = [];
    const model = scriptedModel("listening", (messages) => {
      heard.push(messages.length);
      return obedient(messages);
    });
    const slow = tool("slow", {
      reversibility: "reversible",
      effect: "keyed",
      // As long as its first process lives, and longer.
      run: () => (asked.push("slow") === 1 ? new Promise(() => {}) : "slow is done"),
    });
    const first = await start({ name, model, tools: [...tools, slow], settings: { drainMs: 0 } });
    void first.holdpoint.send(id, `slow ${id}; pay ${id}`).catch(() => {});
    await expect.poll(() => asked).toHaveLength(1);
    await expect.poll(async () => (await first.holdpoint.reviews({ threadId: id })).length).toBe(1);
    await first.holdpoint.stop();
    running.splice(0);

    const second = await start({ name, model, tools: [...tools, slow] });
    await decideFirst(second.holdpoint, id, "approve");
    expect(await rest(second.holdpoint, id)).toBe("idle");
    expect(asked).toHaveLength(2);
    const view = await second.holdpoint.wait(id);
    expect(view.messages.map((message) => message.getType())).toEqual(["human", "ai", "tool", "tool", "ai"]);
    expect(heard).toHaveLength(2);
  });
});

describe("a process that stalls past its lease", () => {
  it("does not lose a run to itself when it wakes", async () => {
    const id = randomUUID();
    const blocking = tool("block", {
      annotations: { readOnlyHint: true },
      run: () => {
        const until = Date.now() + 1_500;
        while (Date.now() < until);
        return "awake";
      },
    });
    const { holdpoint } = await start({ tools: [blocking], settings: { leaseMs: 500, pollMs: 50 } });
    void holdpoint.send(id, `block ${id}`).catch(() => {});
    await delay(1_000);
    expect(await rest(holdpoint, id)).toBe("idle");

    const runs = runStoreOf(db, randomUUID(), "stalling-graph");
    await runs.renewProcess(30);
    const threadId = randomUUID();
    const run = await runs.begin(
      {
        id: randomUUID(),
        tenant: "default",
        threadId,
        graphId: "stalling-graph",
        kind: "input",
        payload: {},
        principal: localPerson,
      },
      true,
    );
    expect(run.status).toBe("running");
    await delay(60);
    expect(await runs.claimNext()).toBeNull();
  });
});

/** A call of `pay` that was approved, and whose process died with its tool started. */
async function leftInTheMiddle(
  id: string,
  effects: string[],
  effect: "blind" | "queryable" = "blind",
): Promise<ActDeps> {
  let begun: () => void = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const dying = await processWith(db, [
    tool("pay", {
      effect,
      reconcile: async () => ({ happened: "unknown" }),
      run: () => {
        effects.push("first");
        begun();
        return new Promise(() => {});
      },
    }),
  ]);
  await propose(dying.deps, scopeOf(id), [callOf(id)]);
  await answerReview(dying.deps, id, "approve");
  void dying.act(scopeOf(id), callOf(id));
  await hasBegun;
  await dying.runs.endProcess();
  return dying.deps;
}

describe("a queryable call whose process died in the middle", () => {
  it("is asked about again when its time is over, and not repeated where its request came late", async () => {
    const id = randomUUID();
    const effects: string[] = [];
    await leftInTheMiddle(id, effects, "queryable");
    const answers = [{ happened: false }, { happened: true, result: "paid late" }] as const;
    const asked: number[] = [];
    const next = await processWith(
      db,
      [
        tool("pay", {
          effect: "queryable",
          run: () => effects.push("second"),
          reconcile: async () =>
            answers[asked.push(performance.now()) - 1] ?? { happened: "unknown" as const },
        }),
      ],
      { lateMs: 700 },
    );
    expect(await next.act(scopeOf(id), callOf(id))).toMatchObject({ kind: "answered", text: "paid late" });
    expect(effects).toEqual(["first"]);
    expect(asked).toHaveLength(2);
  });
});

describe("a blind call whose process died in the middle", () => {
  const paying = (effects: string[], name: string) =>
    tool("pay", {
      run: () => {
        effects.push(name);
        return "paid";
      },
    });

  it("is not made again where the answer to taking it over is lost", async () => {
    const id = randomUUID();
    const effects: string[] = [];
    await leftInTheMiddle(id, effects);
    const proxy = await tcpProxy(url);
    const over = openDatabase({ url: proxy.url, roles: true, maxConnections: 2 });
    const next = await processWith(db, [paying(effects, "second")], { over });
    const isLost = proxy.loseAnswerTo("execution.reclaim");
    const outcome = next.act(scopeOf(id), callOf(id));
    await isLost;
    proxy.mend();
    expect(await outcome).toMatchObject({ kind: "waiting", hold: { holdpoint: { kind: "settle" } } });
    expect(effects).toEqual(["first"]);
    await over.close();
    await proxy.close();
  });

  it("is not made again where its outcome could not be written down after it was taken over", async () => {
    const id = randomUUID();
    const effects: string[] = [];
    await leftInTheMiddle(id, effects);
    let faults = 1;
    const next = await processWith(db, [paying(effects, "second")], {
      around: (log) => ({
        ...log,
        settle: (...given) => (faults-- > 0 ? Promise.reject(new Error("no")) : log.settle(...given)),
      }),
    });
    await expect(next.act(scopeOf(id), callOf(id))).rejects.toThrow("no");
    expect(await next.act(scopeOf(id), callOf(id))).toMatchObject({
      hold: { holdpoint: { kind: "settle" } },
    });
    expect(effects).toEqual(["first"]);
  });

  it("is not called unexecuted by a version of the agent that has no such tool", async () => {
    const id = randomUUID();
    await leftInTheMiddle(id, []);
    const next = await processWith(db, [tool("other", { run: () => "" })]);
    expect(await next.act(scopeOf(id), callOf(id))).toMatchObject({
      kind: "waiting",
      hold: { holdpoint: { kind: "settle" } },
    });
    await answerReview(next.deps, id, "not_happened");
    expect(await next.act(scopeOf(id), callOf(id))).toMatchObject({ kind: "answered", status: "error" });
  });

  it("is shown as attempted to whoever is asked again because its tool now reads the arguments differently", async () => {
    const id = randomUUID();
    await leftInTheMiddle(id, []);
    const changed = defineTool({
      name: "pay",
      description: "Pays.",
      args: z.object({ id: z.string(), currency: z.string().default("EUR") }),
      run: () => "paid",
    });
    const next = await processWith(db, [changed]);
    await next.act(scopeOf(id), callOf(id));
    const { items } = await next.deps.store.list("default", { threadId: id, status: "open", limit: 10 });
    expect(items.map(({ reasons }) => reasons.map(({ rule }) => rule))).toEqual([
      expect.arrayContaining(["differs-from-record", "possible-repeat"]) as string[],
    ]);
  });
});

describe("a claim", () => {
  it("is not to be had by a process whose lease has lapsed, and is once it has renewed it", async () => {
    const id = randomUUID();
    let runs = 0;
    const own = tool("pay", { run: () => `paid ${(runs += 1)}` });
    const stalled = await processWith(db, [own], { leaseMs: 1 });
    await propose(stalled.deps, scopeOf(id), [callOf(id)]);
    await answerReview(stalled.deps, id, "approve");
    await delay(20);
    const outcome = stalled.act(scopeOf(id), callOf(id));
    await delay(150);
    const claims = await admin.query("select 1 from holdpoint.executions where thread_id = $1", [id]);
    expect(claims.rowCount).toBe(0);
    await stalled.runs.renewProcess(60_000);
    expect(await outcome).toMatchObject({ kind: "answered", text: "paid 1" });
  });

  it("is had after all where the lease is renewed while the claim is being answered", async () => {
    const id = randomUUID();
    const own = tool("pay", { run: () => "paid" });
    const renewing: Database = {
      ...db,
      async once(scope, text, ...more) {
        const rows = await db.once(scope, text, ...more);
        if (text.startsWith("/* execution.claim */")) await lapsed.runs.renewProcess(60_000);
        return rows as never;
      },
    };
    const lapsed = await processWith(renewing, [own], { leaseMs: 1 });
    await propose(lapsed.deps, scopeOf(id), [callOf(id)]);
    await answerReview(lapsed.deps, id, "approve");
    await delay(20);
    expect(await lapsed.act(scopeOf(id), callOf(id))).toMatchObject({ kind: "answered", text: "paid" });
  });

  it("that was taken over while its process stalled starts no tool when that process wakes", async () => {
    const id = randomUUID();
    const effects: string[] = [];
    const paying = (name: string) =>
      tool("pay", {
        run: () => {
          effects.push(name);
          return "paid";
        },
      });
    let wake: () => void = () => {};
    const awake = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let stall: () => void = () => {};
    const stalled = new Promise<void>((resolve) => {
      stall = resolve;
    });
    const stalling = await processWith(db, [paying("stalled")], {
      around: (log) => ({
        ...log,
        async claim(...given) {
          const claim = await log.claim(...given);
          stall();
          if (claim.kind === "claimed") await awake;
          return claim;
        },
      }),
    });
    await propose(stalling.deps, scopeOf(id), [callOf(id)]);
    await answerReview(stalling.deps, id, "approve");
    const first = stalling.act(scopeOf(id), callOf(id));
    await stalled;
    await stalling.runs.endProcess();
    const other = await processWith(db, [paying("other")]);
    expect(await other.act(scopeOf(id), callOf(id))).toMatchObject({
      hold: { holdpoint: { kind: "settle" } },
    });
    await answerReview(other.deps, id, "not_happened");
    wake();
    await delay(50);
    await stalling.runs.renewProcess(60_000);
    expect(await first).toMatchObject({ kind: "answered", status: "error" });
    expect(effects).toEqual([]);
  });
});

describe("a transactional tool", () => {
  beforeAll(async () => {
    await admin.query("create table public.booked (id text)");
  });
  const bookings = async (id: string) =>
    (await admin.query("select 1 from public.booked where id = $1", [id])).rowCount;

  it("that goes on after its time limit writes nothing more", async () => {
    const id = randomUUID();
    const said: unknown[] = [];
    const { holdpoint } = await start({
      tools: [
        tool("pay", {
          effect: "transactional",
          run: async (_args, { sql }) => {
            await delay(300);
            await sql
              ?.query("insert into public.booked values ($1)", [id])
              .catch((error: unknown) => said.push(error));
            return "booked";
          },
        }),
      ],
      settings: { toolTimeoutMs: 50 },
    });
    await holdpoint.send(id, `pay ${id}`);
    await decideFirst(holdpoint, id, "approve");
    expect(answersIn(await holdpoint.wait(id)).join()).toContain("The tool failed");
    await expect.poll(() => said).toHaveLength(1);
    expect(await bookings(id)).toBe(0);
  });

  it("whose time runs out while a statement of it hangs has failed, and its thread goes on", async () => {
    const id = randomUUID();
    const blocker = await admin.connect();
    await blocker.query("begin; lock table public.booked in access exclusive mode");
    const { holdpoint } = await start({
      tools: [
        tool("pay", {
          effect: "transactional",
          run: (_args, { sql }) => sql?.query("insert into public.booked values ($1)", [id]),
        }),
      ],
      settings: { toolTimeoutMs: 100 },
    });
    await holdpoint.send(id, `pay ${id}`);
    await decideFirst(holdpoint, id, "approve");
    expect(await rest(holdpoint, id)).toBe("idle");
    await blocker.query("rollback");
    blocker.release();
    await delay(200);
    expect(await bookings(id)).toBe(0);
    expect(await holdpoint.executions({ threadId: id })).toMatchObject([{ state: "failed" }]);
  });

  it("whose own remote cannot be reached has failed, after one attempt", async () => {
    const id = randomUUID();
    let attempts = 0;
    const { holdpoint } = await start({
      tools: [
        tool("pay", {
          effect: "transactional",
          run: () => {
            attempts += 1;
            throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
          },
        }),
      ],
    });
    await holdpoint.send(id, `pay ${id}`);
    await decideFirst(holdpoint, id, "approve");
    expect(await rest(holdpoint, id)).toBe("idle");
    expect(attempts).toBe(1);
  });
});

describe("a stop in the middle of a tool", () => {
  it.each(["blind", "keyed"] as const)(
    "leaves a %s call to be recovered by its class, and says nothing of a failure",
    async (effect) => {
      const id = randomUUID();
      const name = `agent-${randomUUID()}`;
      const keys: string[] = [];
      const pay = tool("pay", {
        effect,
        run: (_args, { signal, idempotencyKey }) => {
          keys.push(idempotencyKey);
          if (keys.length > 1) return "paid";
          return new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(new Error("cut off"))),
          );
        },
      });
      const first = await start({ name, tools: [pay], settings: { drainMs: 50 } });
      await first.holdpoint.send(id, `pay ${id}`);
      await decideFirst(first.holdpoint, id, "approve");
      await expect.poll(() => keys.length).toBe(1);
      await first.holdpoint.stop();
      running.splice(0);

      const second = await start({ name, tools: [pay] });
      expect(await rest(second.holdpoint, id)).toBe(effect === "keyed" ? "idle" : "interrupted");
      expect(new Set(keys).size).toBe(1);
      expect(keys).toHaveLength(effect === "keyed" ? 2 : 1);
      expect(await second.holdpoint.executions({ threadId: id })).toMatchObject([
        { state: effect === "keyed" ? "succeeded" : "unknown" },
      ]);
    },
  );
});

describe("a decision", () => {
  const policyText = (upper: string) => `
    default: { tier: team }
    rules: [{ id: big, when: "tool == 'pay' && has(args.amount) && args.amount > 100", tier: ${upper} }]
    tiers: { team: { roles: [support] }, ${upper}: { roles: [risk] } }`;
  const ada: Principal = { ...localPerson, id: "ada", roles: ["support"] };
  const rita: Principal = { ...localPerson, id: "rita", roles: ["risk"] };

  async function held(threadId: string, amount: number, store = createReviewStore(db)) {
    let policy = loadPolicy(policyText("risk"), "policy.yaml");
    const tools = toolSet([tool("pay", { run: () => "paid" })]);
    const judging = { graphId: "test", tools, store, policy: () => policy, newId: randomUUID };
    const deps = deciding(judging);
    await propose(judging, scopeOf(threadId), [{ ...callOf(threadId), args: { id: threadId, amount } }]);
    const [review] = (await store.list("default", { threadId, limit: 1 })).items;
    if (!review) throw new Error("Nothing waits.");
    return { deps, review, reload: (text: string) => (policy = loadPolicy(text, "policy.yaml")) };
  }

  it("does not pass where the review came to ask for more between the look and the statement", async () => {
    const store = createReviewStore(db);
    const { deps, review, reload } = await held(randomUUID(), 50);
    const edit = { type: "edit" as const, args: review.args, argsHash: review.argsHash };
    const late: DecideDeps = {
      ...deps,
      store: {
        ...store,
        async decide(tenant, decision) {
          if (decision.decidedBy.id === "ada" && decision.type === "approve") {
            // The policy now asks for `risk` at this amount; somebody sends the same arguments back as an edit.
            reload(policyText("risk").replace("> 100", "> 10"));
            expect(await decide(deps, { ...ada, id: "bob" }, review.id, edit)).toMatchObject({
              ok: true,
              review: { status: "open", tier: "risk" },
            });
          }
          return store.decide(tenant, decision);
        },
      },
    };
    expect(await decide(late, ada, review.id, { type: "approve", argsHash: review.argsHash })).toMatchObject({
      ok: false,
      error: { code: "decision_stale" },
    });
    expect(await store.find("default", review.id)).toMatchObject({ status: "open", tier: "risk" });
  });

  it("of a lower tier is not made possible by an edit after the review's tier was renamed", async () => {
    const { deps, review, reload } = await held(randomUUID(), 500);
    expect(review.tier).toBe("risk");
    reload(policyText("experts"));
    const edit = { type: "edit" as const, args: { ...review.args, amount: 400 }, argsHash: review.argsHash };
    await decide(deps, { ...rita, roles: ["risk"] }, review.id, {
      ...edit,
      args: { ...review.args, amount: 40 },
    });
    const now = await deps.store.find("default", review.id);
    expect(now?.roles).toEqual(["risk"]);
    expect(
      await decide(deps, ada, review.id, { type: "approve", argsHash: now?.argsHash ?? "" }),
    ).toMatchObject({
      ok: false,
    });
  });

  it("repeated under its key is answered as before; another answer or another person under that key is not", async () => {
    const { deps, review } = await held(randomUUID(), 500);
    const approve = { type: "approve" as const, argsHash: review.argsHash, idempotencyKey: "k\0" };
    expect(await decide(deps, rita, review.id, approve)).toMatchObject({ ok: true });
    expect(await decide(deps, rita, review.id, approve)).toMatchObject({ ok: true });
    for (const [who, answer] of [
      [rita, { ...approve, type: "reject" as const }],
      [ada, approve],
    ] as const) {
      expect(await decide(deps, who, review.id, answer)).toMatchObject({
        ok: false,
        error: { code: "review_already_decided" },
      });
    }
  });

  it("on a hold that was closed with its thread's history ends the call instead of holding it for ever", async () => {
    const id = randomUUID();
    const own = await processWith(db, [tool("pay", { run: () => "paid" })]);
    const run = await own.runs.begin(newRun(id), true);
    await propose(own.deps, scopeOf(id), [callOf(id)]);
    await answerReview(own.deps, id, "approve");
    expect(await own.runs.closeOrphans({ ...run, epoch: 0 }, [], localPerson)).toBe(0);
    expect(await own.runs.closeOrphans(run, [], localPerson)).toBe(1);
    expect(await own.act(scopeOf(id), callOf(id))).toMatchObject({ kind: "answered", status: "error" });
  });
});

const newRun = (threadId: string): NewRun => ({
  id: randomUUID(),
  tenant: "default",
  threadId,
  graphId: "test",
  kind: "input",
  payload: {},
  principal: localPerson,
});

describe("what stands in a thread's way", () => {
  it("is not the title of a tool that throws", async () => {
    const id = randomUUID();
    const { holdpoint } = await start({
      tools: [
        tool("note", {
          reversibility: "reversible",
          title: () => {
            throw new Error("no words");
          },
          run: () => "noted",
        }),
      ],
    });
    expect((await holdpoint.send(id, `note ${id}`)).status).toBe("idle");
  });

  it("is not a caller that stopped reading the graph's stream", async () => {
    const id = randomUUID();
    const { holdpoint } = await start();
    const input = { messages: [{ role: "user", content: `read ${id}` }] };
    const stream = await holdpoint.graph.stream(input as never, { configurable: { thread_id: id } });
    for await (const _ of stream) break;
    expect((await holdpoint.send(id, "hello")).status).toBe("idle");
  });

  it("is not a thread of another tenant that has the same id under a host", async () => {
    const threadId = randomUUID();
    const own = await processWith(db, [tool("pay", { run: () => "paid" })]);
    await propose(own.deps, { ...scopeOf(threadId), tenant: "other" }, [callOf(threadId)]);
    const run = await own.runs.begin(newRun(threadId), false);
    expect((await own.runs.claimNext())?.id).toBe(run.id);
  });

  it("is not a hold that a host keeps; its decision is the host's to deliver", async () => {
    const threadId = randomUUID();
    const own = await processWith(db, [tool("pay", { run: () => "paid" })]);
    await propose(own.deps, scopeOf(threadId, null), [callOf(threadId)]);
    await own.runs.begin(newRun(threadId), false);
    const run = await own.runs.claimNext();
    expect(run?.threadId).toBe(threadId);
    await answerReview(own.deps, threadId, "approve");
    expect(await own.runs.undelivered(0)).not.toContainEqual({ tenant: "default", threadId });
    expect(await own.runs.closeOrphans(run as Run, [], localPerson)).toBe(0);
    expect(await own.act(scopeOf(threadId, null), callOf(threadId))).toMatchObject({ status: "success" });
  });

  it("when it cannot be read does not fill the tables with attempts", async () => {
    const id = randomUUID();
    const { holdpoint } = await start();
    await holdpoint.send(id, `pay ${id}`);
    await admin.query("delete from holdpoint.checkpoint_items where thread_id = $1", [id]);
    await decideFirst(holdpoint, id, "approve");
    const pauses = async () => {
      const { rows } = await admin.query<{ pause: number }>(
        `select extract(epoch from created_at - lag(ended_at) over (order by created_at))::float as pause
         from holdpoint.runs where thread_id = $1 and kind = 'resume' order by created_at`,
        [id],
      );
      return rows.slice(1).map(({ pause }) => pause);
    };
    await expect.poll(pauses).not.toEqual([]);
    const [first] = await pauses();
    expect(first).toBeGreaterThan(2);
  });
});

describe("texts that Postgres cannot hold", () => {
  const odd = "a\0b\ud800";

  it("in what a user says are said without them", async () => {
    const id = randomUUID();
    const { holdpoint } = await start();
    const view = await holdpoint.send(id, { messages: [{ role: "user", content: odd, name: odd }] });
    expect(view.status).toBe("idle");
  });

  it("in the error of a model end the run with that error", async () => {
    const id = randomUUID();
    const model = scriptedModel("odd", () => {
      throw new Error(odd);
    });
    const { holdpoint } = await start({ model });
    expect((await holdpoint.send(id, "hello")).status).toBe("error");
  });

  it.each([
    ["nothing", ""],
    ["NUL", "\0"],
    ["half a surrogate pair", "a\ud800"],
    ["10,000 characters", "x".repeat(10_000)],
  ])("in a thread's id refuse it (%s)", async (_what, threadId) => {
    const { holdpoint } = await start();
    const refusal = { code: "request_invalid" };
    await expect(holdpoint.send(threadId, "hello")).rejects.toMatchObject(refusal);
    const input = { messages: [{ role: "user", content: "hello" }] };
    await expect(
      holdpoint.graph.invoke(input as never, { configurable: { thread_id: threadId } }),
    ).rejects.toMatchObject(refusal);
  });

  it.each(["'; drop table holdpoint.runs; --", "%s\\", "ünï/çødé?#", "\n\t", "__proto__", "default"])(
    "are not among odd thread ids that it can (%j)",
    async (odd) => {
      const threadId = `${odd}${randomUUID()}`;
      const { holdpoint, effects } = await start();
      await holdpoint.send(threadId, `pay ${randomUUID()}`);
      await decideFirst(holdpoint, threadId, "approve");
      expect((await holdpoint.wait(threadId)).status).toBe("idle");
      expect(effects.of("pay")).toHaveLength(1);
    },
  );

  it("in a tenant's name are refused before anything is sent", async () => {
    const threadId = randomUUID();
    const runs = runStoreOf(db, randomUUID(), "test");
    for (const tenant of ["a\0b", ""]) {
      await expect(
        runs.createThread({ id: threadId, tenant, graphId: null, metadata: {} }),
      ).rejects.toMatchObject({ code: "request_invalid" });
    }
    const { rowCount } = await admin.query("select 1 from holdpoint.threads where thread_id = $1", [
      threadId,
    ]);
    expect(rowCount).toBe(0);
  });
});
