import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, type Answer, type Holdpoint } from "../src/index.js";
import { countingTools, startAgent, type TestAgent } from "./support/agent.js";
import { dist, endOf, startChild } from "./support/child.js";
import { testDatabase } from "./support/database.js";

let url: string;
let agent: TestAgent;
beforeAll(async () => {
  url = await testDatabase();
  agent = await startAgent(url);
});
afterAll(() => agent.holdpoint.stop());

const effectsOn = ({ effects }: TestAgent, id: string) =>
  effects.ran
    .filter(({ args }) => String(args["id"]).startsWith(id))
    .map(({ tool, args }) => `${tool} ${String(args["id"]).slice(id.length)}`);

async function decideOn(
  holdpoint: Holdpoint,
  threadId: string,
  itemId: string,
  answer: Omit<Answer, "argsHash">,
) {
  const review = (await holdpoint.reviews({ threadId })).find((one) => one.args["id"] === itemId);
  if (!review) throw new Error(`Nothing waits for ${itemId}.`);
  return holdpoint.decide(review.id, { ...answer, argsHash: review.argsHash });
}

const answersIn = (view: { messages: { getType(): string; text: string; tool_call_id?: string }[] }) =>
  view.messages.filter((message) => message.getType() === "tool");

describe("calls of one message", () => {
  it("a safe, an approved, an edited and a rejected one go on beside one that nobody decides; each gets its one answer", async () => {
    const id = randomUUID();
    const first = await agent.holdpoint.send(
      id,
      `read ${id}a; pay ${id}b; pay ${id}c 10; wipe ${id}d; wipe ${id}e`,
    );
    expect(first.status).toBe("interrupted");
    expect(first.holds).toHaveLength(4);
    expect(effectsOn(agent, id)).toEqual(["read a"]);

    await decideOn(agent.holdpoint, id, `${id}b`, { type: "approve" });
    await decideOn(agent.holdpoint, id, `${id}c`, { type: "edit", args: { id: `${id}c`, amount: 5 } });
    await decideOn(agent.holdpoint, id, `${id}d`, { type: "reject", reason: "Keep it." });
    const second = await agent.holdpoint.wait(id);
    expect(effectsOn(agent, id).toSorted()).toEqual(["pay b", "pay c", "read a"]);
    expect(agent.effects.of("pay")).toContainEqual({ id: `${id}c`, amount: 5 });
    expect(second.status).toBe("interrupted");
    expect(second.holds.map(({ hold }) => hold.holdpoint.title)).toEqual([`wipe: id ${id}e`]);
    // The model has not gone on: one of its calls has no answer yet.
    expect(second.messages.filter((message) => message.getType() === "ai")).toHaveLength(1);

    await decideOn(agent.holdpoint, id, `${id}e`, { type: "reject" });
    const done = await agent.holdpoint.wait(id);
    expect(done.status).toBe("idle");
    const calls = done.messages.flatMap((message) =>
      message.getType() === "ai" ? ((message as { tool_calls?: { id?: string }[] }).tool_calls ?? []) : [],
    );
    expect(
      answersIn(done)
        .map((message) => message.tool_call_id ?? "")
        .toSorted(),
    ).toEqual(calls.map((call) => call.id ?? "").toSorted());
    expect(answersIn(done)).toHaveLength(5);
  });

  it("one whose tool throws leaves its siblings alone", async () => {
    const id = randomUUID();
    let cut = false;
    const { tools, effects } = countingTools();
    const slow = defineTool({
      name: "slow",
      description: "Takes a moment, and notices when it is cut off.",
      args: z.object({ id: z.string() }),
      annotations: { readOnlyHint: true },
      run: (_args, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => (cut = true));
          setTimeout(() => resolve("slow is done"), 150);
        }),
    });
    const broken = defineTool({
      name: "broken",
      description: "Throws at once.",
      args: z.object({ id: z.string() }),
      annotations: { readOnlyHint: true },
      run: () => {
        throw new Error("out of order");
      },
    });
    const own = await startAgent(url, { tools: [...tools, slow, broken] });
    const view = await own.holdpoint.send(id, `slow ${id}; broken ${id}; read ${id}`);
    expect(view.status).toBe("idle");
    expect(answersIn(view).map((message) => message.text)).toEqual([
      "slow is done",
      "The tool failed: out of order",
      `read ${id} done`,
    ]);
    expect(cut).toBe(false);
    expect(effects.of("read")).toHaveLength(1);
    await own.holdpoint.stop();
  });

  it("one whose database connection is cut in the middle of its tool leaves its siblings alone, and is recorded", async () => {
    const id = randomUUID();
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const { tools, effects } = countingTools();
    const cutting = defineTool({
      name: "cutting",
      description: "Cuts every database connection but its own while it runs.",
      args: z.object({ id: z.string() }),
      annotations: { readOnlyHint: false },
      reversibility: "reversible",
      run: async ({ id: item }) => {
        effects.ran.push({ tool: "cutting", args: { id: item }, key: "" });
        await admin.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
        return "cut";
      },
    });
    const own = await startAgent(url, { tools: [...tools, cutting] });
    const view = await own.holdpoint.send(id, `cutting ${id}a; note ${id}b; read ${id}c; pay ${id}d`);
    expect(view.status === "busy" ? (await own.holdpoint.wait(id)).status : view.status).toBe("interrupted");
    const rested = await own.holdpoint.wait(id);
    expect(
      effects.ran
        .filter(({ args }) => String(args["id"]).startsWith(id))
        .map(({ tool }) => tool)
        .toSorted(),
    ).toEqual(["cutting", "note", "read"]);
    expect(rested.holds.map(({ hold }) => hold.holdpoint.kind)).toEqual(["review"]);
    await decideOn(own.holdpoint, id, `${id}d`, { type: "approve" });
    const done = await own.holdpoint.wait(id);
    expect(done.status).toBe("idle");
    expect(
      answersIn(done)
        .map((message) => message.text)
        .toSorted(),
    ).toEqual(["cut", `note ${id}b done`, `pay ${id}d done`, `read ${id}c done`].toSorted());
    expect((await own.holdpoint.executions({ threadId: id })).map(({ state }) => state)).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
      "succeeded",
    ]);
    await admin.end();
    await own.holdpoint.stop();
  });

  it("two equal ones are not both carried out unasked: the second is held as a possible repeat", async () => {
    const id = randomUUID();
    const view = await agent.holdpoint.send(id, `note ${id}; note ${id}; read ${id}; read ${id}`);
    expect(effectsOn(agent, id).toSorted()).toEqual(["note ", "read ", "read "]);
    expect(view.holds).toHaveLength(1);
    const [review] = await agent.holdpoint.reviews({ threadId: id });
    expect(review?.reasons.map(({ rule }) => rule)).toEqual(["possible-repeat"]);
  });

  it("a call equal to one that ran earlier in the thread is held, in another thread it is not", async () => {
    const id = randomUUID();
    await agent.holdpoint.send(id, `note ${id}`);
    expect((await agent.holdpoint.send(id, `note ${id}`)).status).toBe("interrupted");
    expect((await agent.holdpoint.send(randomUUID(), `note ${id}`)).status).toBe("idle");
  });
});

describe("many reviewers", () => {
  it("of eight decisions at once, from two processes, one wins, and the others are told who", async () => {
    const id = randomUUID();
    await agent.holdpoint.send(id, `pay ${id}`);
    const [review] = await agent.holdpoint.reviews({ threadId: id });
    const program = `
      const { createHoldpoint, scriptedModel, defineTool } = await import(process.env.DIST + "src/index.js");
      const { z } = await import("zod");
      const pay = defineTool({ name: "pay", description: "Pays.", args: z.object({ id: z.string() }), run: ({ id }) => { console.error("EFFECT " + id); return "paid"; } });
      const holdpoint = await createHoldpoint({ name: process.env.AGENT, model: scriptedModel("none", () => ({ text: "Done." })), tools: [pay], database: { url: process.env.DATABASE } });
      console.log("ready");
      await new Promise((resolve) => process.stdin.once("data", resolve));
      const results = await Promise.all([0, 1, 2, 3].map((n) => holdpoint.decide(process.env.REVIEW, { type: n % 2 ? "approve" : "reject", argsHash: process.env.HASH }, { id: process.env.WHO + n, roles: ["reviewer"] })));
      console.log(JSON.stringify(results.map((one) => one.ok ? { ok: true } : { ok: false, code: one.error.code, by: one.error.details.decidedBy })));
      await holdpoint.wait(process.env.THREAD);
      await holdpoint.stop();
      process.exit(0);`;
    const children = ["ada", "bob"].map((who) =>
      startChild(program, {
        DATABASE: url,
        REVIEW: review?.id ?? "",
        HASH: review?.argsHash ?? "",
        WHO: who,
        THREAD: id,
        AGENT: review?.graphId ?? "",
      }),
    );
    const ends = children.map(endOf);
    await Promise.all(children.map((child) => new Promise((resolve) => child.stdout?.once("data", resolve))));
    for (const child of children) child.stdin?.write("go\n");
    const results = (await Promise.all(ends)).flatMap(
      ({ stdout }) =>
        JSON.parse(stdout.split("\n")[1] ?? "") as { ok: boolean; code?: string; by?: string }[],
    );
    expect(results).toHaveLength(8);
    expect(results.filter((one) => one.ok)).toHaveLength(1);
    const decided = await agent.holdpoint.review(review?.id ?? "");
    expect(results.filter((one) => !one.ok)).toEqual(
      Array.from({ length: 7 }, () => ({
        ok: false,
        code: "review_already_decided",
        by: decided?.decision?.decidedBy.id,
      })),
    );
    await agent.holdpoint.wait(id);
    const executions = await agent.holdpoint.executions({ threadId: id });
    expect(executions.map(({ state }) => state)).toEqual(
      decided?.decision?.type === "approve" ? ["succeeded"] : [],
    );
    expect(dist).toContain("dist");
  });

  it("a decision and new input at the same moment lose neither", async () => {
    const id = randomUUID();
    await agent.holdpoint.send(id, `pay ${id}`);
    const [review] = await agent.holdpoint.reviews({ threadId: id });
    await Promise.all([
      agent.holdpoint.send(id, `read ${id}`),
      agent.holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" }),
    ]);
    await agent.holdpoint.wait(id);
    expect(effectsOn(agent, id)).toEqual(["pay ", "read "]);
  });
});

describe("what a decider may do", () => {
  const policy = `
    default: { tier: team }
    rules:
      - { id: big, when: "tool == 'pay' && has(args.amount) && args.amount > 100", tier: risk }
      - { id: never, when: "has(args.amount) && args.amount > 1000", verdict: deny, reason: "Nobody pays that." }
    tiers:
      team: { roles: [support] }
      risk: { roles: [risk] }`;
  let strict: TestAgent;
  beforeAll(async () => {
    strict = await startAgent(url, { policy });
  });
  afterAll(() => strict.holdpoint.stop());
  const ada = { id: "ada", roles: ["support"] };
  const rita = { id: "rita", roles: ["risk"] };

  const held = async (amount: number) => {
    const id = randomUUID();
    await strict.holdpoint.send(id, `pay ${id} ${amount}`);
    const [review] = await strict.holdpoint.reviews({ threadId: id });
    if (!review) throw new Error("Nothing waits.");
    return { id, review };
  };

  it("is what the tier's roles say", async () => {
    const { review } = await held(500);
    expect(review.tier).toBe("risk");
    const refused = await strict.holdpoint.decide(
      review.id,
      { type: "approve", argsHash: review.argsHash },
      ada,
    );
    expect(refused).toMatchObject({ ok: false, error: { code: "decision_forbidden" } });
    expect(
      await strict.holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash }, rita),
    ).toMatchObject({ ok: true });
  });

  it("an edit into what a higher tier releases goes to that tier, under the new hash, and its author cannot release it", async () => {
    const { id, review } = await held(50);
    const edited = await strict.holdpoint.decide(
      review.id,
      { type: "edit", args: { id, amount: 500 }, argsHash: review.argsHash },
      ada,
    );
    expect(edited).toMatchObject({
      ok: true,
      review: { status: "open", tier: "risk", args: { id, amount: 500 }, requestedBy: { id: "ada" } },
    });
    const view = await strict.holdpoint.wait(id);
    const [hold] = view.holds;
    expect(hold?.hold.holdpoint.argsHash).toBe(edited.ok ? edited.review.argsHash : "");
    expect(
      await strict.holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash }, rita),
    ).toMatchObject({
      ok: false,
      error: { code: "decision_stale" },
    });
    const hash = edited.ok ? edited.review.argsHash : "";
    expect(await strict.holdpoint.decide(review.id, { type: "approve", argsHash: hash }, ada)).toMatchObject({
      ok: false,
      error: { code: "decision_forbidden" },
    });
    expect(await strict.holdpoint.decide(review.id, { type: "approve", argsHash: hash }, rita)).toMatchObject(
      { ok: true },
    );
    await strict.holdpoint.wait(id);
    expect(strict.effects.of("pay").filter((args) => args["id"] === id)).toEqual([{ id, amount: 500 }]);
  });

  it("an edit never lowers the tier", async () => {
    const { id, review } = await held(500);
    const refused = await strict.holdpoint.decide(
      review.id,
      { type: "edit", args: { id, amount: 5 }, argsHash: review.argsHash },
      ada,
    );
    expect(refused).toMatchObject({ ok: false, error: { code: "decision_forbidden" } });
    expect(
      await strict.holdpoint.decide(
        review.id,
        { type: "edit", args: { id, amount: 5 }, argsHash: review.argsHash },
        rita,
      ),
    ).toMatchObject({ ok: true });
  });

  it("an edit into what is forbidden is refused, and the review waits unchanged", async () => {
    const { id, review } = await held(50);
    const refused = await strict.holdpoint.decide(
      review.id,
      { type: "edit", args: { id, amount: 5_000 }, argsHash: review.argsHash },
      ada,
    );
    expect(refused).toMatchObject({ ok: false, error: { code: "edit_refused" } });
    expect(await strict.holdpoint.review(review.id)).toMatchObject({
      status: "open",
      argsHash: review.argsHash,
      version: 1,
    });
  });

  it("a forbidden call is refused without asking anybody, and the model is told the reason", async () => {
    const id = randomUUID();
    const view = await strict.holdpoint.send(id, `pay ${id} 5000`);
    expect(view.status).toBe("idle");
    expect(answersIn(view)[0]?.text).toContain("Nobody pays that.");
    expect(await strict.holdpoint.reviews({ threadId: id, status: "open" })).toEqual([]);
  });

  it("a policy that is reloaded wrong leaves the good one in force; one that is right judges the next call", async () => {
    expect(await strict.holdpoint.reloadPolicy("tiers: 7")).toMatchObject({ ok: false });
    const id = randomUUID();
    expect((await strict.holdpoint.send(id, `pay ${id} 5000`)).status).toBe("idle");
    expect(await strict.holdpoint.reloadPolicy(policy.replace("> 1000", "> 9000"))).toMatchObject({
      ok: true,
    });
    const other = randomUUID();
    expect((await strict.holdpoint.send(other, `pay ${other} 5000`)).status).toBe("interrupted");
  });
});
