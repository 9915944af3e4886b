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
import { mortal, type Death } from "./support/mortal.js";

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 10 });
});
afterAll(() => db.close());

/** Where a process is killed with -9, if what it does gets there: around a statement, or around the effect itself. */
type Crash = Death | { at: "effect"; when: Death["when"] } | null;
const anyCrash = (...places: string[]): fc.Arbitrary<Crash> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    fc.record({ at: fc.constantFrom(...places), when: fc.constantFrom("before" as const, "after" as const) }),
  );
const anyCrashOfAct = anyCrash("effect", "execution.claim", "execution.settle", "execution.reclaim");

type How = "approve" | "reject" | "edit" | "respond" | "happened" | "not_happened" | "retry";
type Step = { call: number; on: number; crash: Crash } & (
  | { do: "propose" }
  | { do: "decide"; how: How }
  | { do: "act" }
  | { do: "act twice at once" }
);

const calls = 2;
const anywhere = { call: fc.nat(calls - 1), on: fc.nat(1) };
// Approving comes twice, so that more is released.
const hows: How[] = ["approve", "approve", "edit", "reject", "respond", "happened", "not_happened", "retry"];
const how = fc.constantFrom(...hows);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ ...anywhere, do: fc.constant("propose" as const), crash: anyCrash("action.propose") }),
  fc.record({ ...anywhere, do: fc.constant("decide" as const), how, crash: anyCrash("review.decide") }),
  fc.record({ ...anywhere, do: fc.constant("act" as const), crash: anyCrashOfAct }),
  fc.record({ ...anywhere, do: fc.constant("act twice at once" as const), crash: anyCrashOfAct }),
);

const places = ["action.propose", "review.decide", "execution.claim", "effect", "execution.settle"];
const eachCrash = places.flatMap((at) => (["before", "after"] as const).map((when) => ({ at, when })));

/** A story in which a process is killed there for certain, and another goes on. */
function storyOf(crash: NonNullable<Crash>): Step[] {
  const here = { call: 0, on: 0 };
  const at = (...named: string[]): Crash => (named.includes(crash.at) ? crash : null);
  return [
    { ...here, do: "propose", crash: at("action.propose") },
    { ...here, do: "propose", crash: null },
    { ...here, do: "decide", how: "approve", crash: at("review.decide") },
    { ...here, do: "decide", how: "approve", crash: null },
    { ...here, do: "act", crash: at("effect", "execution.claim", "execution.settle") },
    { ...here, do: "act twice at once", crash: null },
    { ...here, do: "decide", how: "retry", crash: null },
    { ...here, do: "act twice at once", crash: null },
  ];
}

interface Effect {
  id: string;
  hash: string;
  key: string;
  approved: boolean;
}

/** What one process does; each resolves, too, when the process is killed on the way. */
interface Process {
  readonly isDead: boolean;
  propose(call: ProposedCall, crash: Crash): Promise<void>;
  decide(call: ProposedCall, how: How, crash: Crash): Promise<void>;
  act(call: ProposedCall, crash: Crash): Promise<void>;
}

class World {
  readonly effects: Effect[] = [];
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
  readonly deaths: string[] = [];

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

  /** A process of its own: an id, a lease, a way to the database. Killed, it loses its lease and writes no more. */
  async start(): Promise<Process> {
    const processId = randomUUID();
    const runs = runStoreOf(db, processId, "test");
    await runs.renewProcess(600_000);
    let crash: Crash = null;
    let isDead = false;
    let died: () => void = () => {};
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const own = mortal(db, async () => {
      isDead = true;
      this.deaths.push(`${crash?.when} ${crash?.at}`);
      await runs.endProcess();
      died();
    });
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
        const when = crash?.at === "effect" ? crash.when : null;
        if (when !== "before") await this.pay(args as JsonObject, idempotencyKey);
        return when === null ? "paid" : own.die();
      },
    });
    const deps = {
      graphId: "test",
      tools: toolSet([tool]),
      policy: emptyPolicy,
      store: createReviewStore(own.db),
      newId: randomUUID,
      executor: createExecutor({
        log: createExecutionLog(own.db, processId, randomUUID),
        toolTimeoutMs: 600_000,
        lateMs: 5,
        pollMs: 10,
        stopping: new AbortController().signal,
        holdsLease: () => true,
      }),
      log: silentLog,
    };
    const until = async (where: Crash, work: () => Promise<unknown>): Promise<void> => {
      crash = where;
      own.doom(where);
      await Promise.race([work(), death]);
    };
    return {
      get isDead() {
        return isDead;
      },
      propose: (call, where) => until(where, () => propose(deps, this.scope, [call])),
      act: (call, where) => until(where, () => act(deps, this.scope, call)),
      decide: (call, type, where) =>
        until(where, async () => {
          const review = (await this.reviews("open")).find((one) => one.args["id"] === call.args["id"]);
          if (!review) return;
          const args = type === "edit" ? { args: { ...call.args, amount: 7 } } : {};
          const answer = { type, ...args, message: "words", argsHash: review.argsHash };
          await decide(deciding(deps), localPerson, review.id, answer);
        }),
    };
  }

  async reviews(status?: "open") {
    const { threadId } = this.scope;
    const { items } = await this.store.list("default", {
      threadId,
      limit: 100,
      ...(status === undefined ? {} : { status }),
    });
    return items;
  }

  /** The world outside: it knows what it did, and honours a key where the tool says so. */
  async pay(args: JsonObject, key: string): Promise<void> {
    if (this.effectClass === "keyed" && this.effects.some((one) => one.key === key)) return;
    const hash = hashJson(args);
    const approved = (await this.reviews()).some((review) => approves(review, hash));
    this.effects.push({ id: String(args["id"]), hash, key, approved });
  }

  async play({ call: index, on, crash, ...one }: Step): Promise<void> {
    const call = this.call(index);
    const [process, other] = on === 0 ? this.processes : this.processes.toReversed();
    if (!process || !other) throw new Error("Two processes were started.");
    switch (one.do) {
      case "propose":
        await process.propose(call, crash);
        break;
      case "decide":
        await process.decide(call, one.how, crash);
        break;
      case "act":
        await process.act(call, crash);
        break;
      case "act twice at once":
        await Promise.all([process.act(call, crash), other.act(call, null)]);
    }
    this.processes = await Promise.all(
      this.processes.map((each) => (each.isDead ? this.start() : Promise.resolve(each))),
    );
  }
}

type Reviewed = Awaited<ReturnType<World["reviews"]>>[number];
const approves = ({ kind, decision }: Reviewed, hash: string): boolean =>
  kind === "review" &&
  (decision?.type === "approve" || decision?.type === "edit") &&
  decision.argsHash === hash;

describe.each<EffectClass>(["blind", "keyed", "queryable"])("with a %s tool", (effectClass) => {
  it(
    "every effect has an approval on its arguments, and an approval at most one effect, whoever is killed on the way",
    { timeout: 300_000 },
    async () => {
      let effects = 0;
      const deaths = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 32 }), async (steps) => {
          const world = new World(effectClass);
          world.processes = [await world.start(), await world.start()];
          for (const one of steps) await world.play(one);

          expect(world.effects.filter(({ approved }) => !approved)).toEqual([]);
          const reviews = await world.reviews();
          for (const { id, hash } of world.effects) {
            const ofCall = reviews.filter(({ args }) => args["id"] === id);
            const approvals = ofCall.filter((review) => approves(review, hash)).length;
            // Only a person who was asked "did it happen?" and said "try again" can cause a second attempt.
            const retries = ofCall.filter(({ decision }) => decision?.type === "retry").length;
            const own = world.effects.filter((one) => one.id === id);
            expect(approvals).toBe(1);
            expect(own.filter((one) => one.hash !== hash)).toEqual([]);
            expect(own.length).toBeLessThanOrEqual(1 + (effectClass === "blind" ? retries : 0));
          }
          effects += world.effects.length;
          for (const death of world.deaths) deaths.add(death);
        }),
        { numRuns: 80, examples: eachCrash.map((crash) => [storyOf(crash)]) },
      );
      // A property about effects and deaths says nothing where there were none.
      expect(effects).toBeGreaterThanOrEqual(eachCrash.length);
      expect([...deaths]).toEqual(expect.arrayContaining(eachCrash.map(({ at, when }) => `${when} ${at}`)));
    },
  );
});
