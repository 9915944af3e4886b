// Whatever happens in whatever order, to whichever process: an effect has a decision on its very arguments, and a
// decision has at most one effect. The processes here share a database and nothing else; a killed one never writes again.
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { act } from "../src/execution/act.js";
import { createExecutor } from "../src/execution/executor.js";
import { hashJson, type JsonObject } from "../src/kernel/json.js";
import { silentLog } from "../src/kernel/log.js";
import { localPerson } from "../src/kernel/principal.js";
import { emptyPolicy } from "../src/policies/load-policy.js";
import { decide } from "../src/review/decide.js";
import { propose } from "../src/review/propose.js";
import type { ProposedCall, TaskScope } from "../src/review/types.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createExecutionLog } from "../src/storage/execution-rows.js";
import { createReviewStore } from "../src/storage/review-rows.js";
import { defineTool, type EffectClass } from "../src/index.js";
import { toolSet } from "../src/tools/tool-set.js";
import { deciding, runStoreOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
});
afterAll(() => db.close());

type Crash = "none" | "before the effect" | "after the effect";
type Step =
  | { do: "propose"; call: number }
  | {
      do: "decide";
      call: number;
      how: "approve" | "reject" | "edit" | "respond" | "happened" | "not_happened" | "retry";
    }
  | { do: "act"; call: number; on: number; crash: Crash }
  | { do: "act twice at once"; call: number };

const calls = 2;
const anyCall = fc.nat(calls - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("propose" as const), call: anyCall }),
  fc.record({
    do: fc.constant("decide" as const),
    call: anyCall,
    how: fc.constantFrom(
      "approve",
      "approve",
      "edit",
      "reject",
      "respond",
      "happened",
      "not_happened",
      "retry",
    ),
  }),
  fc.record({
    do: fc.constant("act" as const),
    call: anyCall,
    on: fc.nat(1),
    crash: fc.constantFrom<Crash[]>("none", "none", "before the effect", "after the effect"),
  }),
  fc.record({ do: fc.constant("act twice at once" as const), call: anyCall }),
);

interface Process {
  act(call: ProposedCall, crash: Crash): Promise<void>;
}

class World {
  readonly effects: { id: string; hash: string; key: string; approved: boolean }[] = [];
  readonly retries = new Map<string, number>();
  readonly scope: TaskScope = {
    tenant: "default",
    threadId: randomUUID(),
    checkpointNs: "",
    principal: localPerson,
    runId: null,
  };
  readonly store = createReviewStore(db);
  readonly effectClass: EffectClass;
  processes: Process[] = [];

  constructor(effectClass: EffectClass) {
    this.effectClass = effectClass;
  }

  call(index: number): ProposedCall {
    return {
      messageId: "message",
      callIndex: index,
      callId: `call-${index}`,
      tool: "pay",
      args: { id: `item-${index}` },
    };
  }

  /** A process of its own: an id, a lease, an executor. When it is killed its lease goes, and its tool never returns. */
  async start(): Promise<Process> {
    const processId = randomUUID();
    const runs = runStoreOf(db, processId, "test");
    await runs.renewProcess(600_000);
    let crash: Crash = "none";
    let died: () => void = () => {};
    const tool = defineTool({
      name: "pay",
      description: "Pays.",
      args: z.object({ id: z.string(), amount: z.number().optional() }),
      effect: this.effectClass,
      reconcile: async (key) =>
        this.effects.some((one) => one.key === key)
          ? { happened: true, result: "paid" }
          : { happened: false },
      run: async (args, { idempotencyKey }) => {
        const killed = crash;
        crash = "none";
        if (killed !== "before the effect") await this.pay(args as JsonObject, idempotencyKey);
        if (killed !== "none") {
          await runs.endProcess();
          died();
          await new Promise(() => {});
        }
        return "paid";
      },
    });
    const tools = toolSet([tool]);
    const executor = createExecutor({
      log: createExecutionLog(db, processId, randomUUID),
      toolTimeoutMs: 600_000,
      lateMs: 5,
      pollMs: 10,
      stopping: new AbortController().signal,
      holdsLease: () => true,
    });
    const deps = {
      graphId: "test",
      tools,
      policy: emptyPolicy,
      store: this.store,
      newId: randomUUID,
      executor,
      log: silentLog,
    };
    return {
      act: async (call, how) => {
        crash = how;
        const death = new Promise<void>((resolve) => {
          died = resolve;
        });
        await Promise.race([act(deps, this.scope, call), death]);
        crash = "none";
      },
    };
  }

  /** The world outside: it knows what it did, and honours a key where the tool says so. */
  async pay(args: JsonObject, key: string): Promise<void> {
    if (this.effectClass === "keyed" && this.effects.some((one) => one.key === key)) return;
    const { items } = await this.store.list("default", { threadId: this.scope.threadId, limit: 100 });
    const hash = hashJson(args);
    const approved = items.some(
      ({ kind, decision }) =>
        kind === "review" &&
        (decision?.type === "approve" || decision?.type === "edit") &&
        decision.argsHash === hash,
    );
    this.effects.push({ id: String(args["id"]), hash, key, approved });
  }

  async decide(index: number, how: Extract<Step, { do: "decide" }>["how"]): Promise<void> {
    const { items } = await this.store.list("default", {
      threadId: this.scope.threadId,
      status: "open",
      limit: 100,
    });
    const review = items.find((one) => one.args["id"] === `item-${index}`);
    if (!review) return;
    const tools = toolSet([
      defineTool({
        name: "pay",
        description: "Pays.",
        args: z.object({ id: z.string(), amount: z.number().optional() }),
        run: () => "",
      }),
    ]);
    const answer = {
      type: how,
      ...(how === "edit" ? { args: { id: `item-${index}`, amount: 7 } } : {}),
      message: "words",
      argsHash: review.argsHash,
    };
    const result = await decide(
      deciding({ tools, policy: emptyPolicy, store: this.store, newId: randomUUID }),
      localPerson,
      review.id,
      answer,
    );
    if (result.ok && how === "retry")
      this.retries.set(review.actionId ?? "", (this.retries.get(review.actionId ?? "") ?? 0) + 1);
  }

  async play(one: Step): Promise<void> {
    switch (one.do) {
      case "propose": {
        const tools = toolSet([
          defineTool({
            name: "pay",
            description: "Pays.",
            args: z.object({ id: z.string(), amount: z.number().optional() }),
            run: () => "",
          }),
        ]);
        await propose(
          { graphId: "test", tools, policy: emptyPolicy, store: this.store, newId: randomUUID },
          this.scope,
          [this.call(one.call)],
        );
        return;
      }
      case "decide":
        return this.decide(one.call, one.how);
      case "act":
        await this.processes[one.on]?.act(this.call(one.call), one.crash);
        if (one.crash !== "none") this.processes[one.on] = await this.start();
        return;
      case "act twice at once":
        await Promise.all(this.processes.map((process) => process.act(this.call(one.call), "none")));
    }
  }
}

describe.each<EffectClass>(["blind", "keyed", "queryable"])("with a %s tool", (effectClass) => {
  it(
    "every effect has an approval on its arguments, and an approval at most one effect",
    { timeout: 300_000 },
    async () => {
      let effects = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 32 }), async (steps) => {
          const world = new World(effectClass);
          world.processes = [await world.start(), await world.start()];
          for (const one of steps) await world.play(one);

          expect(world.effects.filter(({ approved }) => !approved)).toEqual([]);
          const retries = [...world.retries.values()].reduce((sum, count) => sum + count, 0);
          for (let index = 0; index < calls; index += 1) {
            const own = world.effects.filter(({ id }) => id === `item-${index}`);
            // Only a person who was asked "did it happen?" and said "try again" can cause a second attempt.
            expect(own.length).toBeLessThanOrEqual(1 + (effectClass === "blind" ? retries : 0));
          }
          effects += world.effects.length;
        }),
        { numRuns: 80 },
      );
      // A property about effects says nothing where there were none.
      expect(effects).toBeGreaterThan(20);
    },
  );
});
