// A policy that changes while something waits, or is about to run: the one in force counts.
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "../src/index.js";
import { drawOf } from "../src/kernel/ids.js";
import { localPerson, type Principal } from "../src/kernel/principal.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { decide, type Answer } from "../src/review/decide.js";
import type { GateDeps } from "../src/review/gates.js";
import { actionIdOf, propose } from "../src/review/propose.js";
import { noPast } from "../src/review/routing/past.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { answerReview, callOf, deciding, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: await testDatabase(), roles: true, maxConnections: 4 });
  return () => db.close();
});

const tiers = "tiers: { team: { roles: [support] }, experts: { roles: [risk] } }";
const lenient = tiers;
const denying = `${tiers}\nrules: [{ id: frozen, when: "tool == 'pay'", verdict: deny, reason: Payments are frozen. }]`;
const stricter = `${tiers}\nrules: [{ id: big, when: "tool == 'pay'", tier: experts, reason: Experts decide. }]`;
const ada: Principal = { ...localPerson, id: "ada", roles: ["support"] };

/** Whatever it is, such a call may run. */
const earned: GateDeps = {
  autonomy: {
    earned: (_, strata) =>
      Promise.resolve(new Map(strata.map(({ id }) => [id, { kind: "certified", threshold: 0 }]))),
  },
  past: { pastOf: () => Promise.resolve(noPast) },
};

function notShownByChance(): string {
  const id = randomUUID();
  return drawOf(actionIdOf(scopeOf(id), callOf(id))) < 0.01 ? notShownByChance() : id;
}

/** A call on record in a thread of its own, and what may happen to it. */
async function proposed(reversibility: "reversible" | "irreversible", first = lenient) {
  let policy = loadPolicy(first, "policy.yaml");
  const effects: string[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    args: z.object({ id: z.string() }),
    reversibility,
    run: ({ id }) => {
      effects.push(id);
      return "paid";
    },
  });
  const own = await processWith(db, [pay], { policy: () => policy });
  const id = notShownByChance();
  const scope = scopeOf(id);
  await propose({ ...own.deps, gates: earned }, scope, [callOf(id)], {
    madeBy: { model: "m", instructions: null, others: [] },
  });
  const review = async () => {
    const { items } = await own.deps.store.list("default", { threadId: id, limit: 5 });
    const newest = items.at(-1);
    if (!newest) throw new Error("There is no review.");
    return newest;
  };
  return {
    effects,
    review,
    reload: (text: string) => (policy = loadPolicy(text, "policy.yaml")),
    approve: () => answerReview(own.deps, id, "approve"),
    act: () => own.act(scope, callOf(id)),
    async decide(by: Principal, type: Answer["type"]) {
      const { id, argsHash } = await review();
      return decide(deciding(own.deps), by, id, { type, argsHash });
    },
  };
}

describe("a call that waits, under a policy that now forbids it,", () => {
  it("cannot be approved, is told why, and can still be rejected", async () => {
    const call = await proposed("irreversible");
    call.reload(denying);
    expect(await call.decide(ada, "approve")).toMatchObject({
      ok: false,
      error: { code: "policy_forbids", message: expect.stringContaining("Payments are frozen.") as string },
    });
    expect(await call.review()).toMatchObject({ status: "open" });
    expect(await call.decide(ada, "reject")).toMatchObject({ ok: true });
  });

  it("does not run though it was approved before, and not when the policy is lifted again either", async () => {
    const call = await proposed("irreversible");
    await call.approve();
    call.reload(denying);
    expect(await call.act()).toMatchObject({
      kind: "answered",
      status: "error",
      text: expect.stringContaining("now forbids this call: Payments are frozen.") as string,
    });
    call.reload(lenient);
    expect(await call.act()).toMatchObject({ kind: "answered", status: "error" });
    expect(call.effects).toEqual([]);
    expect(await call.review()).toMatchObject({ status: "superseded" });
  });

  it("does not run though it needed nobody when it was proposed", async () => {
    const call = await proposed("reversible");
    call.reload(denying);
    expect(await call.act()).toMatchObject({ kind: "answered", status: "error" });
    expect(call.effects).toEqual([]);
  });
});

describe("a call that needed nobody, under a policy that now asks,", () => {
  it("waits for a person, and runs once it is approved", async () => {
    const call = await proposed("reversible");
    call.reload(stricter);
    expect(await call.act()).toMatchObject({ kind: "waiting", hold: { holdpoint: { kind: "review" } } });
    expect(call.effects).toEqual([]);
    expect(await call.review()).toMatchObject({ tier: "experts", reasons: [{ rule: "big" }] });
    expect(await call.act()).toMatchObject({ kind: "waiting" });
    await call.approve();
    expect(await call.act()).toMatchObject({ kind: "answered", status: "success", text: "paid" });
    expect(call.effects).toHaveLength(1);
  });

  it("waits where its score was enough for the policy of then, and another one is in force", async () => {
    const scored = `routing: { sample: 0.01, signals: { similarity: 1 } }\n${tiers}`;
    const call = await proposed("reversible", scored);
    expect(await call.act()).toMatchObject({ kind: "answered", status: "success" });
    const later = await proposed("reversible", scored);
    later.reload(scored.replace("routing: {", "routing: { maxError: 0.01,"));
    expect(await later.act()).toMatchObject({ kind: "waiting" });
    expect(later.effects).toEqual([]);
    expect(await later.review()).toMatchObject({ reasons: [{ rule: "not-scored" }] });
  });

  it("runs where the policy changed and still asks for nothing", async () => {
    const call = await proposed("reversible");
    call.reload(`${lenient}\nrules: []`);
    expect(await call.act()).toMatchObject({ kind: "answered", status: "success" });
  });
});

describe("an approval, under a policy that now asks for a higher tier,", () => {
  it("needs somebody of that tier, and the review says so", async () => {
    const call = await proposed("irreversible");
    expect(await call.review()).toMatchObject({ tier: "team" });
    call.reload(stricter);
    expect(await call.decide(ada, "approve")).toMatchObject({
      ok: false,
      error: { code: "decision_forbidden", details: { tier: "experts", roles: ["risk"] } },
    });
    expect(await call.review()).toMatchObject({
      status: "open",
      tier: "experts",
      reasons: [{ rule: "irreversible" }, { rule: "big" }],
    });
    expect(await call.decide({ ...ada, id: "rita", roles: ["risk"] }, "approve")).toMatchObject({ ok: true });
    expect(await call.act()).toMatchObject({ kind: "answered", status: "success" });
  });

  it("stands where it was given before the change", async () => {
    const call = await proposed("irreversible");
    await call.approve();
    call.reload(stricter);
    expect(await call.act()).toMatchObject({ kind: "answered", status: "success" });
    expect(call.effects).toHaveLength(1);
  });
});
