// Faults from the matrix at the places where they hurt: the database away at the wrong moment, a process that stalls
// past its lease, a deploy while something is held, texts that Postgres cannot hold.
import { isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { act, type ActDeps } from "../src/execution/act.js";
import { createExecutor } from "../src/execution/executor.js";
import type { ExecutionLog } from "../src/execution/log.js";
import { defineTool, scriptedModel, type Holdpoint, type HoldpointTool } from "../src/index.js";
import { localPerson, type Principal } from "../src/kernel/principal.js";
import type { HoldpointOptions } from "../src/options.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { decide, type DecideDeps } from "../src/review/decide.js";
import { propose } from "../src/review/propose.js";
import type { ProposedCall, TaskScope } from "../src/review/types.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createExecutionLog } from "../src/storage/execution-rows.js";
import { createReviewStore } from "../src/storage/review-rows.js";
import { createRunStore } from "../src/storage/run-rows.js";
import { toolSet } from "../src/tools/tool-set.js";
import { countingTools, obedient, startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { tcpProxy } from "./support/proxy.js";

let url: string;
let db: Database;
let admin: pg.Pool;
beforeAll(async () => {
  url = await testDatabase();
  db = openDatabase({ url, roles: true, maxConnections: 6 });
  admin = new pg.Pool({ connectionString: url, max: 3 });
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
async function rest(holdpoint: Holdpoint, threadId: string, withinMs = 8_000): Promise<string> {
  const until = Date.now() + withinMs;
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
    const { holdpoint } = await start({ model }, proxy.url);
    const sent = holdpoint.send(id, "hello").catch(() => {});
    await delay(400);
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
    proxy.loseAnswerTo("run.begin");
    await expect(holdpoint.send(id, "hello")).rejects.toMatchObject({ code: "database_unavailable" });
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
    const { holdpoint, effects } = await start({}, other);
    await holdpoint.send(id, `read ${id}`).catch(() => {});
    await expect.poll(() => effects.of("read").length, { timeout: 6_000 }).toBe(1);
    expect(await rest(holdpoint, id)).toBe("idle");
  });

  it("an input that was begun and given back is not given to the model a second time", async () => {
    const id = randomUUID();
    const name = `agent-${randomUUID()}`;
    const { tools } = countingTools();
    const heard: number[] = [];
    const model = scriptedModel("listening", (messages) => {
      heard.push(messages.length);
      return obedient(messages);
    });
    const slow = tool("slow", {
      reversibility: "reversible",
      effect: "keyed",
      run: () => delay(1_500, "slow is done"),
    });
    const first = await start({ name, model, tools: [...tools, slow], settings: { drainMs: 0 } });
    void first.holdpoint.send(id, `slow ${id}; pay ${id}`).catch(() => {});
    await expect.poll(async () => (await first.holdpoint.executions({ threadId: id })).length).toBe(1);
    await expect.poll(async () => (await first.holdpoint.reviews({ threadId: id })).length).toBe(1);
    await delay(200);
    await first.holdpoint.stop();
    running.splice(0);

    const second = await start({ name, model, tools: [...tools, slow] });
    await decideFirst(second.holdpoint, id, "approve");
    expect(await rest(second.holdpoint, id)).toBe("idle");
    await delay(500);
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

    const runs = createRunStore(db, randomUUID(), "stalling");
    await runs.renewProcess(30);
    const threadId = randomUUID();
    const run = await runs.begin(
      { id: randomUUID(), tenant: "default", threadId, kind: "input", payload: {}, principal: localPerson },
      true,
    );
    expect(run.status).toBe("running");
    await delay(60);
    expect(await runs.claimNext()).toBeNull();
  });
});
