// The stop button: what is stopped is held or waits, who did it and why is on record, and nothing is lost or done twice.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { z } from "zod";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { reviewSchema, stopListSchema, stopSchema, type Stop } from "../src/http/contract.js";
import { defineTool } from "../src/index.js";
import { localPerson, type Principal } from "../src/kernel/principal.js";
import { propose } from "../src/review/propose.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { liftStop, setStop } from "../src/storage/stop-rows.js";
import { answerReview, callOf, processWith, scopeOf } from "./support/below-graph.js";
import { stageFor } from "./support/crash.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve } from "./support/http.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

const policy = "tiers: { support: { roles: [support] } }\n";
const why = "It pays twice.";

describe("over HTTP", () => {
  let desk: Desk;
  let url: string;
  beforeAll(async () => {
    url = await testDatabase();
    desk = await serveDesk(url, { policy });
    desk.give("ben", ["support", "operator"]);
  });
  afterEach(async () => {
    for (const { id } of await standing()) await lift(id);
  });
  afterAll(() => desk.at.stop());

  const stop = async (kind: string, name?: string): Promise<Stop> =>
    stopSchema.parse((await desk.as.ben("/stops", { kind, why, ...(name ? { name } : {}) })).body);
  const lift = (id: string, who: Who = "ben") => desk.as[who](`/stops/${id}/lift`, { why: "Put right." });
  const standing = async (who: Who = "ben") =>
    stopListSchema.parse((await desk.as[who]("/stops?status=standing")).body).items;
  const reviewOf = async (id: string) => reviewSchema.parse((await desk.as.ada(`/reviews/${id}`)).body);
  const decide = async (id: string, body: object = { type: "approve" }) =>
    desk.as.ada(`/reviews/${id}/decision`, { argsHash: (await reviewOf(id)).argsHash, ...body });
  const rests = (threadId: string) => desk.at.runtime.waitForThread("default", threadId);
  const statusOf = async (threadId: string) => (await desk.as.risk(`/threads/${threadId}`)).body["status"];
  const undelivered = async () => (await desk.at.runtime.runs.undelivered(0)).map(({ threadId }) => threadId);

  it("a tool that is stopped is held where it would have run at once, with who stopped it and why; others run", async () => {
    await stop("tool", "note");
    const name = randomUUID();
    const { ids } = await desk.held(`note ${name}; read ${name}`);
    expect(ids).toHaveLength(1);
    const review = await reviewOf(ids[0] ?? "");
    expect(review).toMatchObject({ status: "open", tool: "note", tier: "support" });
    expect(review.reasons).toEqual([
      {
        rule: "stopped",
        text: expect.stringMatching(/^key:ben stopped the tool note at .*: It pays twice\.$/),
      },
    ]);
    expect([desk.effectsOf("note", name), desk.effectsOf("read", name)]).toEqual([0, 1]);
  });

  it("what is approved while its tool is stopped runs when that is lifted, once, and nobody wakes it before", async () => {
    const name = randomUUID();
    const { ids, threadId } = await desk.held(`pay ${name} 5`);
    const { id: stopId } = await stop("tool", "pay");
    expect(await decide(ids[0] ?? "")).toMatchObject({ status: 200, body: { status: "decided" } });
    await expect.poll(() => statusOf(threadId)).toBe("interrupted");
    await rests(threadId);
    // As if nobody had tried: what was tried just now is left alone for a while by itself.
    const tried = "delete from holdpoint.runs where thread_id = $1 and kind = 'resume'";
    await desk.at.runtime.db.once({ tenant: "default" }, tried, [threadId]);
    expect(await undelivered()).not.toContain(threadId);
    expect(desk.effectsOf("pay", name)).toBe(0);
    expect((await reviewOf(ids[0] ?? "")).status).toBe("decided");

    expect(await lift(stopId)).toMatchObject({ status: 200, body: { lifted: { by: { id: "key:ben" } } } });
    await expect.poll(() => desk.effectsOf("pay", name)).toBe(1);
    await expect.poll(() => statusOf(threadId)).toBe("idle");
    expect(desk.effectsOf("pay", name)).toBe(1);
  });

  it("a rejection is heard while the tool is stopped", async () => {
    const { ids, threadId } = await desk.held(`pay ${randomUUID()} 5`);
    await stop("tool", "pay");
    await decide(ids[0] ?? "", { type: "reject", reason: "No." });
    await expect.poll(() => statusOf(threadId)).toBe("idle");
  });

  it("what the stop held and nobody decided meanwhile still waits for a person once it is lifted", async () => {
    const name = randomUUID();
    const { id: stopId } = await stop("tool", "note");
    const { ids } = await desk.held(`note ${name}`);
    await lift(stopId);
    expect((await reviewOf(ids[0] ?? "")).status).toBe("open");
    expect(desk.effectsOf("note", name)).toBe(0);
    await decide(ids[0] ?? "");
    await expect.poll(() => desk.effectsOf("note", name)).toBe(1);
  });

  it.each([
    ["agent", "support"],
    ["tenant", undefined],
    ["all", undefined],
  ])(
    "%s: what is said to a stopped agent is kept, and it goes on when that is lifted",
    async (kind, agent) => {
      const { id: stopId } = await stop(kind, agent);
      const name = randomUUID();
      const { body } = await desk.as.risk("/threads", {});
      const threadId = String(body["thread_id"]);
      const runs = `/threads/${threadId}/runs`;
      const asked = { assistant_id: "support", ...say(`note ${name}`) };
      expect(await desk.as.guest("/stops")).toMatchObject({ status: 403 });
      expect((await desk.as.risk(runs, asked)).body["status"]).toBe("pending");
      const cancelled = await desk.as.risk(runs, { assistant_id: "support", ...say("note never") });
      await desk.as.risk(`${runs}/${String(cancelled.body["run_id"])}/cancel`, undefined, { method: "POST" });
      expect((await desk.as.risk(`${runs}/${String(cancelled.body["run_id"])}`)).body["status"]).toBe(
        "interrupted",
      );
      // Another server on the same database takes it as little.
      const other = await serve(url, {
        policy,
        gate: {
          admit: async () => localPerson,
          isStillIn: async () => true,
          rolesOfNow: () => null,
          opensTo: () => false,
        },
      });
      expect(await other.runtime.runs.claimNext()).toBeNull();
      await other.stop();
      expect(desk.effectsOf("note", name)).toBe(0);

      await lift(stopId);
      await expect.poll(() => desk.effectsOf("note", name)).toBe(1);
      await expect.poll(() => statusOf(threadId)).toBe("idle");
      expect(desk.effectsOf("note", "never")).toBe(0);
    },
  );

  it("in the middle of parallel calls: what runs finishes, what waits waits, and all go on together afterwards", async () => {
    const name = randomUUID();
    const { body } = await desk.as.risk("/threads", {});
    const threadId = String(body["thread_id"]);
    const asked = { assistant_id: "support", ...say(`wait ${name}; pay ${name} 5`) };
    await desk.as.risk(`/threads/${threadId}/runs`, asked);
    const reviews = async () => (await desk.at.runtime.reviews.list("default", { threadId, limit: 9 })).items;
    await expect.poll(async () => (await reviews()).length).toBe(1);
    const executions = async () =>
      (await desk.as.ada(`/executions?thread_id=${threadId}`)).body["items"] as {
        state: string;
        tool: string;
      }[];
    await expect.poll(async () => (await executions()).length).toBe(1);
    const { id: stopId } = await stop("agent", "support");
    desk.at.release(name);
    await expect.poll(async () => (await executions()).map(({ state }) => state)).toEqual(["succeeded"]);
    await expect.poll(() => statusOf(threadId)).toBe("interrupted");
    const [review] = await reviews();
    await decide(review?.id ?? "");
    expect(desk.effectsOf("pay", name)).toBe(0);
    await lift(stopId);
    await expect.poll(() => statusOf(threadId)).toBe("idle");
    expect(desk.effectsOf("pay", name)).toBe(1);
  });

  it("a question to a stopped agent about a call of its own is answered, and nothing else comes of it", async () => {
    const name = randomUUID();
    const { ids } = await desk.held(`pay ${name} 5`);
    await stop("agent", "support");
    expect(await desk.as.ada(`/reviews/${ids[0] ?? ""}/questions`, { text: "Why?" })).toMatchObject({
      status: 200,
      body: { kind: "asked", question: "Why?" },
    });
    expect(await reviewOf(ids[0] ?? "")).toMatchObject({ status: "open" });
    expect(desk.effectsOf("pay", name)).toBe(0);
  });

  it("is for operators who are no agents; the others see it, and a guest does not", async () => {
    const { id } = await stop("tool", "wipe");
    for (const who of ["guest", "ada", "risk", "bot"] as const) {
      const tried = [
        await desk.as[who]("/stops", { kind: "tool", name: "pay", why }),
        await desk.as[who]("/stops", { kind: "all", why }),
        await lift(id, who),
      ];
      expect([who, tried.map(({ body }) => body["code"])]).toEqual([
        who,
        ["access_forbidden", "access_forbidden", "access_forbidden"],
      ]);
    }
    expect((await standing("ada")).map((one) => one.id)).toEqual([id]);
    expect((await desk.as.guest("/stops")).status).toBe(403);
  });

  it("set again gives the one that stands; lifted again says who did; each needs a reason and a name that is known", async () => {
    const first = await stop("agent", "support");
    expect(await stop("agent", "support")).toEqual(first);
    expect((await lift(first.id)).status).toBe(200);
    expect(await lift(first.id)).toMatchObject({
      status: 409,
      body: { code: "stop_lifted", liftedBy: "key:ben" },
    });
    expect((await stop("agent", "support")).id).not.toBe(first.id);
    const asBen = (body: object) => desk.as.ben("/stops", body);
    expect(await asBen({ kind: "tool", name: "note", why: " " })).toMatchObject({ status: 422 });
    expect(await asBen({ kind: "tool", why })).toMatchObject({ status: 422 });
    expect(await asBen({ kind: "all", name: "note", why })).toMatchObject({ status: 422 });
    expect(await asBen({ kind: "tool", name: "nite", why })).toMatchObject({
      status: 404,
      body: { code: "not_found", detail: expect.stringContaining("would stop nothing") },
    });
    expect((await lift(randomUUID())).status).toBe(404);
    expect((await lift("x")).status).toBe(404);
    const lifted = stopListSchema.parse((await desk.as.ada("/stops?status=lifted")).body).items;
    expect(lifted.find(({ id }) => id === first.id)).toMatchObject({ why, lifted: { why: "Put right." } });
    expect(await request(`${desk.at.url}/stops`)).toMatchObject({ status: 401 });
  });

  it("is reached from the command line, by whoever the key says", async () => {
    const typed = async (who: Who, ...args: string[]) => {
      const command = commands.find(({ name }) => name === args[0]);
      const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys[who] });
      const code = await command?.run(args.slice(1), terminal);
      return { code, out: terminal.said.out };
    };
    const set = await typed("ben", "stop", "tool", "note", "--why", why);
    expect(set.out).toMatch(
      /^Stopped: tool note, by key:ben at .*: It pays twice\.\nLift it with: holdpoint lift/,
    );
    const { ids } = await desk.held(`note ${randomUUID()}`);
    expect((await typed("ada", "approve", ids[0] ?? "")).out).toMatch(
      /Approved\. It runs once the stop of key:ben is lifted \(It pays twice\.\)\.\n$/,
    );
    const [, id = ""] = /holdpoint lift (\w+)/.exec(set.out) ?? [];
    expect((await typed("ada", "stops")).out).toMatch(
      new RegExp(`${id} +tool note +key:ben .*It pays twice`),
    );
    await expect(typed("ada", "lift", id, "--why", "Mine.")).rejects.toThrow(/operator/);
    await expect(typed("ben", "lift", id)).rejects.toThrow(/--why is missing/);
    await expect(typed("ben", "stop", "agent", "--why", why)).rejects.toThrow(/Name the agent/);
    expect((await typed("ben", "lift", id, "--why", "Put right.")).out).toMatch(
      /^Lifted: tool note, by key:ben/,
    );
    expect((await typed("ben", "stops")).out).toBe("Nothing is stopped.\n");
    const free = await desk.held(`pay ${randomUUID()} 5`);
    expect((await typed("ada", "approve", free.ids[0] ?? "")).out).toContain("Approved. It runs now.");
    expect((await typed("ben", "stops", "--all")).out).toContain("by key:ben: Put right.");
  });

  it("another tenant's agent of the same name goes on; only what stops everything stops it, and only for this server's own tenant", async () => {
    const rival: Principal = { id: "rita", kind: "person", roles: ["*"], tenant: "rival" };
    const { runtime } = desk.at;
    const ran = async () => {
      const threadId = randomUUID();
      await runtime.submit({
        principal: rival,
        threadId,
        graphId: "support",
        input: { messages: [{ role: "user", content: `note ${threadId}` }] },
      });
      return () => desk.effectsOf("note", threadId);
    };
    await stop("agent", "support");
    await stop("tool", "note");
    await stop("tenant");
    expect(await runtime.stops.list("rival", { isStanding: true, limit: 9 })).toEqual([]);
    await expect.poll(await ran()).toBe(1);

    await expect(runtime.stops.set(rival, { kind: "all", name: null, why })).rejects.toMatchObject({
      code: "access_forbidden",
    });
    const everything = await stop("all");
    expect(await runtime.stops.list("rival", { isStanding: true, limit: 9 })).toMatchObject([
      { kind: "all" },
    ]);
    await expect(runtime.stops.lift(rival, everything.id, "No.")).rejects.toMatchObject({
      code: "access_forbidden",
    });
    const count = await ran();
    expect(await runtime.runs.claimNext()).toBeNull();
    expect(count()).toBe(0);
    await lift(everything.id);
    await expect.poll(count).toBe(1);
    // In a tenant's name the database takes no stop of everybody.
    const forged = runtime.db.once(
      { tenant: "rival" },
      "insert into holdpoint.stops (stop_id, kind, by_whom, why) values (gen_random_uuid(), 'all', '{}', 'x')",
    );
    await expect(forged).rejects.toThrow(/row-level security/);
  });
});

describe("below the graph", () => {
  let db: Database;
  beforeAll(async () => {
    db = openDatabase({ url: await testDatabase(), roles: true });
  });
  afterAll(() => db.close());

  const paying = () => {
    const ran: string[] = [];
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      args: z.object({ id: z.string() }),
      effect: "keyed",
      run: ({ id }) => {
        ran.push(id);
        return "paid";
      },
    });
    return { ran, pay };
  };
  const ofTool = { kind: "tool", name: "pay", why } as const;

  it("whatever is stopped, lifted, approved and woken in whatever order: nothing runs under a stop, and what was approved runs once after", async () => {
    const steps = fc.array(fc.constantFrom("stop", "lift", "approve", "wake", "elsewhere"), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        const { ran, pay } = paying();
        const [here, elsewhere] = [await processWith(db, [pay]), await processWith(db, [pay])];
        const scope = scopeOf(randomUUID());
        await propose(here.deps, scope, [callOf("x")]);
        let stop = null as Awaited<ReturnType<typeof setStop>> | null;
        let isApproved = false;
        for (const step of order) {
          const before = ran.length;
          if (step === "stop") stop = await setStop(db, localPerson, ofTool);
          if (step === "lift" && stop) stop = (await liftStop(db, localPerson, stop, "Over."), null);
          if (step === "approve" && !isApproved) {
            await answerReview(here.deps, scope.threadId, "approve");
            isApproved = true;
          }
          if (step === "wake" || step === "elsewhere") {
            const at = step === "wake" ? here : elsewhere;
            const outcome = await at.act(scope, callOf("x"));
            if (stop && ran.length === 0) expect(outcome.kind).toBe("waiting");
          }
          if (stop) expect(ran).toHaveLength(before);
        }
        if (stop) await liftStop(db, localPerson, stop, "Over.");
        await Promise.all([here.act(scope, callOf("x")), elsewhere.act(scope, callOf("x"))]);
        expect(ran).toHaveLength(isApproved ? 1 : 0);
      }),
      { numRuns: 40 },
    );
  });

  it("what a dead process had begun is not tried again before the stop is lifted, and then under the same key", async () => {
    const { ran, pay } = paying();
    const hanging = defineTool({
      ...pay,
      args: z.object({ id: z.string() }),
      run: () => {
        begin();
        return new Promise(() => {});
      },
    });
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const dead = await processWith(db, [hanging]);
    const scope = scopeOf(randomUUID());
    await propose(dead.deps, scope, [callOf("y")]);
    await answerReview(dead.deps, scope.threadId, "approve");
    void dead.act(scope, callOf("y"));
    await begun;
    await dead.runs.endProcess();
    const stop = await setStop(db, localPerson, ofTool);
    const next = await processWith(db, [pay], { lateMs: 1 });
    expect(await next.act(scope, callOf("y"))).toMatchObject({
      kind: "waiting",
      hold: { holdpoint: { kind: "parked", title: expect.stringContaining("was stopped") } },
    });
    expect(ran).toEqual([]);
    await liftStop(db, localPerson, stop, "Over.");
    expect(await next.act(scope, callOf("y"))).toMatchObject({ kind: "answered", status: "success" });
    expect(ran).toEqual(["y"]);
  });
});

describe("a process killed with -9 between its claim and its effect", () => {
  it(
    "leaves a call that the stop holds, and that is made once when it is lifted",
    { timeout: 120_000 },
    async () => {
      const stage = await stageFor(new URL("./support/crash-child.mjs", import.meta.url));
      const of = await stage.scene();
      const at = { EFFECT_CLASS: "keyed" };
      const point = JSON.stringify({ name: "execution.claim#1", when: "after" });
      expect((await of.play({ ...at, KILL_AT: point })).signal).toBe("SIGKILL");
      expect(of.effects()).toBe(0);
      const db = openDatabase({ url: of.url, roles: true });
      const stop = await setStop(db, localPerson, { kind: "tool", name: "pay", why });
      const restarted = of.play(at);
      const admin = new pg.Client({ connectionString: of.url });
      await admin.connect();
      const holds = async () =>
        (await admin.query<{ text: string }>("select interrupts::text as text from holdpoint.threads"))
          .rows[0]?.text;
      await expect.poll(holds).toContain("was stopped");
      expect(of.effects()).toBe(0);
      await liftStop(db, localPerson, stop, "Over.");
      expect(await restarted).toMatchObject({ code: 0, stderr: "" });
      expect(of.effects()).toBe(1);
      await admin.end();
      await db.close();
      await of.end();
      await stage.close();
    },
  );
});
