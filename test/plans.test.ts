// Several calls that are approved as one: each then runs once, on exactly its arguments, on a decision of its own, and
// what was not approved waits as ever.
import { randomUUID } from "node:crypto";
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { reviewSchema, standingListSchema, type Review } from "../src/http/contract.js";
import { scriptedModel, type Script } from "../src/index.js";
import { hashJson, type JsonObject } from "../src/kernel/json.js";
import { localPerson } from "../src/kernel/principal.js";
import { noEvidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { ladderFrom, type Policy } from "../src/policies/policy.js";
import { worseLevel } from "../src/policies/words.js";
import { assessJudged, declaredBy, unseenSteps, type Judged } from "../src/review/judged.js";
import { approvalsOn } from "../src/storage/standing-rows.js";
import { countingTools } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

interface Call {
  tool: string;
  args: JsonObject;
}

/** Makes the calls of the person's message, one list after the other, whatever it hears; then says what it heard. */
const script: Script = (messages) => {
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  const turns = JSON.parse(messages[begin]?.text ?? "[]") as Call[][];
  const since = messages.slice(begin + 1);
  const made = since.filter((message) => message.getType() === "ai").length;
  const calls = turns[made];
  if (calls) return { text: "On it.", calls };
  const heard = since.filter((message) => isToolMessage(message)).map(({ text }) => text);
  return { text: `Heard: ${heard.join(" | ")}` };
};

const policy = `
tools:
  pay: { amount: args.amount, currency: EUR }
  mail: { draft: body }
rules:
  - { id: large, when: "tool == 'pay' && args.amount > 1000.0", tier: risk }
  - { id: asked, when: "tool == 'pay' && args.amount == 13.0", tier: support, questions: ["Is it so?"] }
  - { id: never, when: "tool == 'pay' && args.amount == 666.0", verdict: deny, reason: "Not that much." }
  - { id: leads, when: "tool == 'wipe' && args.id.startsWith('lead')", tier: lead }
  - { id: both, when: "tool == 'wipe' && args.id.startsWith('both')", tier: both }
  - { id: eyes, when: "tool == 'wipe' && args.id.startsWith('eyes')", tier: eyes }
  - { id: pair, when: "tool == 'wipe' && args.id.startsWith('pair')", tier: pair }
  - { id: turns, when: "tool == 'wipe' && args.id.startsWith('turns')", tier: in-turn }
  - { id: short, when: "tool == 'propose_plan' && has(args.why) && args.why == 'short'", tier: brief }
limits:
  - { roles: [support], currency: EUR, up_to: 500 }
  - { roles: [risk], currency: EUR, up_to: unlimited }
default: { tier: support }
undo: 60s
tiers:
  support: { roles: [support] }
  brief: { roles: [support], respond: 1s, then: reject }
  lead: { roles: [lead] }
  both: { roles: [support], quorum: 2 }
  eyes: { roles: [support], four_eyes: true }
  pair: { roles: [support], quorum: 2, four_eyes: false }
  in-turn: { roles: [support, lead], in_turn: true }
  risk: { roles: [risk] }
`;

const pay = (id: string, amount: number): Call => ({ tool: "pay", args: { id, amount } });
const wipe = (id: string): Call => ({ tool: "wipe", args: { id } });
const note = (id: string): Call => ({ tool: "note", args: { id } });
const plan = (steps: Call[], why?: string): Call => ({
  tool: "propose_plan",
  args: { ...(why === undefined ? {} : { why }), steps: steps as unknown as JsonObject[] },
});

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), {
    policy,
    model: scriptedModel("planner", script),
    builtIns: ["propose_plan", "ask_human"],
  });
});
afterAll(() => desk.at.stop());

async function begin(...turns: Call[][]): Promise<{ threadId: string; review: Review }> {
  const { threadId, ids } = await desk.held(JSON.stringify(turns), "guest");
  return { threadId, review: await read(ids[0] ?? "") };
}
const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);
const decide = (who: Who, { id, argsHash }: Review, body: object = { type: "approve" }) =>
  desk.as[who](`/reviews/${id}/decision`, { argsHash, ...body });
const reviewsOf = async (threadId: string): Promise<Review[]> => {
  await desk.at.runtime.waitForThread("default", threadId);
  const { body } = await desk.as.risk(`/reviews?thread_id=${threadId}`);
  return (body["items"] as unknown[])
    .map((one) => reviewSchema.parse(one))
    .filter(({ kind }) => kind !== "plan")
    .toSorted((one, other) => one.tool.localeCompare(other.tool));
};
async function saidLast(threadId: string): Promise<string> {
  await desk.at.runtime.waitForThread("default", threadId);
  const { body } = await desk.as.risk(`/threads/${threadId}/state`);
  const { messages } = body["values"] as { messages: { content: string }[] };
  return String(messages.at(-1)?.content);
}
const lentBy = async (planId: string) =>
  standingListSchema
    .parse((await desk.as.risk("/standing-approvals?status=all")).body)
    .items.filter(({ planReviewId }) => planReviewId === planId);
const named = () => randomUUID();
async function takeBack({ body }: { body: Record<string, unknown> }): Promise<void> {
  const { status } = await desk.as.lead(`/deputies/${String(body["id"])}`, undefined, { method: "DELETE" });
  expect(status).toBeLessThan(300);
}

describe("a plan", () => {
  it("that is approved lets each step run once, on a decision of its own on its own hash, by those who approved", async () => {
    const [a, b, c] = [named(), named(), named()];
    const { threadId, review } = await begin(
      [plan([pay(a, 20), wipe(b), note(c)], "Close the case.")],
      [pay(a, 20), note(c)],
      [wipe(b)],
    );
    expect(review).toMatchObject({
      kind: "plan",
      status: "open",
      title: "Plan of 3 steps: pay, wipe, note",
      tier: "support",
      level: "high",
      allowedAnswers: ["approve", "reject"],
      steps: [
        { tool: "pay", args: { id: a, amount: 20 }, level: "high", tier: "support", passes: "with-plan" },
        { tool: "wipe", passes: "with-plan" },
        { tool: "note", passes: "unasked", tier: null },
      ],
    });
    expect(review.reasons.map(({ rule }) => rule)).toEqual([
      "irreversible (step 1)",
      "irreversible (step 2)",
    ]);
    expect(desk.effectsOf("pay", a)).toBe(0);

    expect((await decide("ada", review)).status).toBe(200);
    const said = await saidLast(threadId);
    expect(said).toContain("A person approved this plan.");
    expect(said).toContain(`pay ${a} done`);
    expect([desk.effectsOf("pay", a), desk.effectsOf("wipe", b), desk.effectsOf("note", c)]).toEqual([
      1, 1, 1,
    ]);

    const lent = await lentBy(review.id);
    expect(lent).toHaveLength(2);
    const calls = await reviewsOf(threadId);
    expect(calls).toHaveLength(2);
    for (const call of calls) {
      const step = review.steps?.find(({ tool }) => tool === call.tool);
      expect(call).toMatchObject({
        status: "resumed",
        argsHash: step?.argsHash,
        decision: {
          type: "approve",
          argsHash: call.argsHash,
          seenHash: call.argsHash,
          decidedBy: { id: "key:ada" },
        },
      });
      expect(lent.find(({ id }) => id === call.decision?.byApproval)).toMatchObject({
        tool: call.tool,
        usedCount: 1,
        maxCount: 1,
        threadId,
      });
    }
  });

  it("of which no step asks for anybody is nobody's to read: the agent hears so at once, and goes on", async () => {
    const [a, b] = [named(), named()];
    const { threadId, ids } = await desk.held(
      JSON.stringify([[plan([note(a), note(b)])], [note(a), note(b)]]),
      "guest",
    );
    expect(await saidLast(threadId)).toContain("None of these calls needs a person.");
    expect(ids).toEqual([]);
    expect([desk.effectsOf("note", a), desk.effectsOf("note", b)]).toEqual([1, 1]);
  });

  it("lets nothing go with other arguments, nor a step twice, nor in another conversation", async () => {
    const [a, b, c] = [named(), named(), named()];
    const { threadId, review } = await begin(
      [plan([pay(a, 20), wipe(b), pay(c, 5)])],
      [pay(a, 20.01), wipe(b)],
      [wipe(b)],
    );
    const elsewhere = await begin([pay(c, 5)]);
    await decide("ada", review);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ status }) => status))
      .toEqual(["open", "resumed"]);
    const [changed] = await reviewsOf(threadId);
    expect(changed).toMatchObject({ args: { amount: 20.01 }, decision: null });
    await decide("ada", changed as Review, { type: "reject" });
    await expect
      .poll(async () => (await reviewsOf(threadId)).at(-1))
      .toMatchObject({
        tool: "wipe",
        status: "open",
        reasons: expect.arrayContaining([expect.objectContaining({ rule: "possible-repeat" })]),
      });
    expect([desk.effectsOf("pay", a), desk.effectsOf("wipe", b)]).toEqual([0, 1]);

    // Proposed before and after the plan was approved.
    const later = await begin([pay(c, 5)]);
    expect([elsewhere.review.status, later.review.status]).toEqual(["open", "open"]);
    expect(desk.effectsOf("pay", c)).toBe(0);
  });

  it("that is rejected lets nothing go, and the agent hears why", async () => {
    const a = named();
    const { threadId, review } = await begin([plan([pay(a, 20)])], [pay(a, 20)]);
    expect(await decide("ada", review, { type: "edit", args: review.args })).toMatchObject({
      status: 422,
      body: { code: "answer_not_allowed" },
    });
    expect((await decide("ada", review, { type: "reject", reason: "Not today" })).status).toBe(200);
    await expect.poll(async () => (await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
    const { body } = await desk.as.risk(`/threads/${threadId}/state`);
    expect(JSON.stringify(body)).toContain(
      "A person rejected this plan: Not today. None of its steps was carried out.",
    );
    expect(await lentBy(review.id)).toEqual([]);
    expect(desk.effectsOf("pay", a)).toBe(0);
  });

  it.each<[string, Call[], RegExp]>([
    ["a step that policy denies", [pay("x", 1), pay("x", 666)], /Step 2: Not that much\..* Do not repeat it/],
    [
      "a tool that there is not",
      [{ tool: "fly", args: {} }, pay("x", 1)],
      /Step 1: There is no tool named "fly".*Correct the call/s,
    ],
    [
      "arguments that its tool does not take",
      [pay("x", 1), { tool: "pay", args: { id: 7 } }],
      /Step 2: The arguments of pay.*Correct the call/s,
    ],
    [
      "a question to a person",
      [{ tool: "ask_human", args: { question: "So?" } }],
      /Step 1: A call of "ask_human" is no step/,
    ],
    ["a plan", [plan([pay("x", 1)])], /Step 1: A call of "propose_plan" is no step/],
    ["no step", [], /Too small|at least|>=1/],
  ])("with %s is refused as a whole, and nobody is asked", async (_, steps, told) => {
    const { threadId, ids } = await desk.held(JSON.stringify([[plan(steps)]]));
    expect(ids).toEqual([]);
    expect(await saidLast(threadId)).toMatch(told);
  });

  it("waits for the highest tier that a step asks for, whose people let all of it go", async () => {
    const [a, b] = [named(), `lead-${named()}`];
    const { review } = await begin([plan([pay(a, 20), wipe(b)])]);
    expect(review).toMatchObject({ tier: "lead", steps: [{ tier: "support" }, { tier: "lead" }] });
    expect((await decide("ada", review)).status).toBe(403);
    // Nobody gave this lead a limit for what is paid.
    expect(await decide("lead", review)).toMatchObject({ status: 403, body: { code: "over_limit" } });
    const wiped = await begin([plan([wipe(a), wipe(b)])], [wipe(b), wipe(a)]);
    expect((await decide("lead", wiped.review)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("wipe", a) + desk.effectsOf("wipe", b)).toBe(2);
  });

  it("at a tier where several decide waits for as many, and each use is signed by all of them", async () => {
    const [a, b] = [`both-${named()}`, named()];
    const { threadId, review } = await begin([plan([wipe(a), wipe(b)])], [wipe(a), wipe(b)]);
    expect(review).toMatchObject({ tier: "both", panel: { quorum: 2 } });
    expect((await decide("ada", review)).body).toMatchObject({ status: "open" });
    expect(await lentBy(review.id)).toEqual([]);
    expect((await decide("ada", review)).body).toMatchObject({ code: "already_voted" });
    expect((await decide("ben", review)).body).toMatchObject({ status: "decided" });
    await expect.poll(() => desk.effectsOf("wipe", a) + desk.effectsOf("wipe", b)).toBe(2);
    for (const call of await reviewsOf(threadId))
      expect(call.decision?.approvedBy.map(({ id }) => id)).toEqual(["key:ada", "key:ben"]);
  });

  it("is within somebody's limit where each step is, whatever they come to", async () => {
    const [a, b] = [named(), named()];
    const over = await begin([plan([pay(a, 10), pay(b, 501)])]);
    expect(await decide("ada", over.review)).toMatchObject({
      status: 403,
      body: { code: "over_limit", detail: expect.stringContaining("Step 2 moves 501 EUR") as string },
    });
    expect((await desk.as.ada(`/reviews/${over.review.id}/context`)).body).toMatchObject({
      mayDecide: { may: true, mayRelease: false, why: "over_limit" },
    });
    const within = await begin([plan([pay(a, 400), pay(b, 400)])], [pay(a, 400), pay(b, 400)]);
    expect((await decide("ada", within.review)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("pay", a) + desk.effectsOf("pay", b)).toBe(2);
  });

  it("lets a step go no further that is to be looked at by itself: a repeat, one that a rule asks about, and words for people", async () => {
    const a = named();
    const { threadId, review } = await begin(
      [plan([pay(a, 5), pay(a, 5), pay(a, 13), { tool: "mail", args: { id: a, body: "It is paid." } }])],
      [pay(a, 13)],
      [pay(a, 5)],
    );
    expect(review.steps?.map(({ passes }) => passes)).toEqual([
      "with-plan",
      "by-itself",
      "by-itself",
      "by-itself",
    ]);
    // What a rule asks is asked about the call, and not about the plan.
    expect((await decide("ada", review)).status).toBe(200);
    expect(await lentBy(review.id)).toHaveLength(1);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ args, status }) => [args["amount"], status]))
      .toEqual([[13, "open"]]);
    expect(desk.effectsOf("pay", a)).toBe(0);
  });

  it("that is taken back in time lends nothing, before or after", async () => {
    const a = named();
    const { threadId, review } = await begin([plan([pay(a, 5)])], [pay(a, 5)]);
    expect((await decide("ada", review, { type: "approve", undo: true })).body).toMatchObject({
      status: "decided",
    });
    expect(await lentBy(review.id)).toMatchObject([{ usedCount: 0, revoked: null }]);
    expect(await live(threadId)).toEqual([]);
    expect(
      (await desk.as.ada(`/reviews/${review.id}/decision`, undefined, { method: "DELETE" })).status,
    ).toBe(200);
    expect(await lentBy(review.id)).toMatchObject([{ revoked: { by: { id: "key:ada" } } }]);
    const again = await read(review.id);
    expect(again.status).toBe("open");
    await decide("ada", again, { type: "reject" });
    await expect.poll(async () => (await reviewsOf(threadId)).map(({ status }) => status)).toEqual(["open"]);
    expect(desk.effectsOf("pay", a)).toBe(0);
  });

  it("whose step is revoked before its call lets that call wait", async () => {
    const [a, b] = [named(), named()];
    const { threadId, review } = await begin(
      [plan([pay(a, 5), wipe(b)])],
      [plan([pay(a, 5)])],
      [pay(a, 5), wipe(b)],
    );
    await decide("ada", review);
    await expect.poll(async () => (await lentBy(review.id)).length).toBe(2);
    expect(await live(threadId)).toHaveLength(1);
    const paid = (await lentBy(review.id)).find(({ tool }) => tool === "pay");
    expect(
      (await desk.as.ada(`/standing-approvals/${paid?.id ?? ""}/revoke`, { reason: "Not this one." })).status,
    ).toBe(200);
    await desk.at.runtime.waitForThread("default", threadId);
    const { items } = await desk.at.runtime.reviews.list("default", { threadId, limit: 9 });
    const second = items.find(({ kind, status }) => kind === "plan" && status === "open");
    await decide("ada", await read(second?.id ?? ""), { type: "reject" });
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ tool, status }) => `${tool} ${status}`).toSorted())
      .toEqual(["pay open", "wipe resumed"]);
  });

  it("that nobody decides in time lets nothing go, and the agent hears that nobody said no", async () => {
    const a = named();
    const { threadId, review } = await begin([plan([pay(a, 5)], "short")]);
    expect(review.tier).toBe("brief");
    await expect.poll(async () => (await read(review.id)).status).toBe("expired");
    await expect.poll(() => saidLast(threadId)).toContain("Nobody decided this plan before the deadline");
    expect(await lentBy(review.id)).toEqual([]);
  });

  it("shows whoever chats its steps, and takes an approval there of who has a role", async () => {
    const a = named();
    const { threadId, review } = await begin([plan([pay(a, 5)])], [pay(a, 5)]);
    const { body } = await desk.as.guest(`/threads/${threadId}/state`);
    const [{ interrupts }] = body["tasks"] as [{ interrupts: JsonObject[] }];
    expect(interrupts).toMatchObject([
      {
        value: {
          message: expect.stringContaining(`1. pay: id ${a}, amount 5`) as string,
          holdpoint: {
            kind: "plan",
            argsHash: review.argsHash,
            allowedAnswers: ["approve", "reject"],
          },
        },
      },
    ]);
    expect(JSON.stringify(interrupts)).not.toContain("irreversible");
    const resume = { decisions: [{ type: "approve" }] };
    const by = (who: Who, given: object) =>
      desk.as[who](`/threads/${threadId}/runs/wait`, { assistant_id: "support", command: { resume: given } });
    expect((await by("guest", resume)).status).toBe(403);
    expect((await by("risk", { decisions: [{ type: "respond", message: "Done." }] })).status).toBe(422);
    expect((await by("risk", resume)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("pay", a)).toBe(1);
  });

  it("is judged the same when the record is judged again, and explained", async () => {
    const { review } = await begin([plan([pay(named(), 20), wipe(`lead-${named()}`)])]);
    const { body } = await desk.as.risk(`/policies/explain`, { actionId: review.actionId });
    const { judgement, recorded } = body as Record<"judgement" | "recorded", JsonObject>;
    expect(judgement).toMatchObject({ route: "review", tier: "lead", level: "high" });
    expect(recorded).toMatchObject(judgement);
    const { status, body: replayed } = await desk.as.risk("/policies/replay", {});
    expect(status).toBe(200);
    expect(replayed).toMatchObject({ figures: { changed: 0, otherReasons: 0 }, next: null });
  });

  it("is decided in another's stead, and its steps are let go by the same right", async () => {
    const [a, b] = [named(), `lead-${named()}`];
    const given = await desk.as.lead("/deputies", {
      to: "key:cid",
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(given.status).toBeLessThan(300);
    const { threadId, review } = await begin([plan([wipe(a), wipe(b)])], [wipe(b)], [wipe(a)]);
    expect((await decide("cid", review)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("wipe", a) + desk.effectsOf("wipe", b)).toBe(2);
    expect((await reviewsOf(threadId)).map(({ decision }) => decision?.decidedBy)).toMatchObject([
      { id: "key:cid", onBehalfOf: "key:lead" },
      { id: "key:cid", onBehalfOf: "key:lead" },
    ]);
    await takeBack(given);
  });

  it("that was decided in another's stead lets no call go once that right was taken back", async () => {
    const [a, b] = [`lead-${named()}`, `lead-${named()}`];
    const given = await desk.as.lead("/deputies", {
      to: "key:cid",
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const { threadId, review } = await begin([plan([wipe(a), wipe(b)])], [wipe(a), pay(a, 5)], [wipe(b)]);
    expect(given.status).toBeLessThan(300);
    expect((await decide("cid", review)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("wipe", a)).toBe(1);
    const paying = (await reviewsOf(threadId)).find(({ tool }) => tool === "pay");
    const unused = async () => (await lentBy(review.id)).find(({ usedCount }) => usedCount === 0);
    expect(await unused()).toMatchObject({ missing: 0 });
    await takeBack(given);
    expect(await unused()).toMatchObject({ missing: 1, revoked: null, signers: [{ id: "key:cid" }] });
    expect((await decide("ada", await read(paying?.id ?? ""))).status).toBe(200);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ tool, status }) => `${tool} ${status}`).toSorted())
      .toEqual(["pay resumed", "wipe open", "wipe resumed"]);
    expect(desk.effectsOf("wipe", b)).toBe(0);
  });

  it("that who asked had decided in their stead lets no step go at which four eyes are wanted", async () => {
    const [a, b] = [`eyes-${named()}`, `pair-${named()}`];
    const given = await desk.as.ada("/deputies", {
      to: "key:lead",
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const turns = [[plan([wipe(a), wipe(b)])], [wipe(a), wipe(b)]];
    const { threadId, ids } = await desk.held(JSON.stringify(turns), "ada");
    const review = await read(ids[0] ?? "");
    expect(review).toMatchObject({ tier: "pair", panel: { quorum: 2, fourEyes: false } });
    expect((await decide("lead", review)).body).toMatchObject({ status: "open" });
    expect((await decide("ben", review)).status).toBe(200);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ tier, status }) => `${tier} ${status}`).toSorted())
      .toEqual(["eyes open", "pair resumed"]);
    expect([desk.effectsOf("wipe", a), desk.effectsOf("wipe", b)]).toEqual([0, 1]);
    await desk.as.ada(`/deputies/${String(given.body["id"])}`, undefined, { method: "DELETE" });
  });

  it("of which one step is for roles in turn lets nothing go: each call goes round by itself", async () => {
    const [a, b] = [named(), `turns-${named()}`];
    const { threadId, review } = await begin([plan([wipe(a), wipe(b)])], [wipe(a), wipe(b)]);
    expect(review).toMatchObject({
      tier: "in-turn",
      roles: ["support"],
      steps: [{ passes: "by-itself" }, { passes: "by-itself" }],
    });
    expect((await decide("ada", review)).body).toMatchObject({ status: "open", roles: ["lead"] });
    expect((await decide("lead", await read(review.id))).status).toBe(200);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ tool, status }) => `${tool} ${status}`))
      .toEqual(["wipe open", "wipe open"]);
    expect(await lentBy(review.id)).toEqual([]);
    expect([desk.effectsOf("wipe", a), desk.effectsOf("wipe", b)]).toEqual([0, 0]);
  });
});

describe("between a plan and its calls", () => {
  afterEach(async () => {
    await desk.at.runtime.changes.reload(policy);
  });

  it("a policy that asks for more is obeyed: by who approves the plan", async () => {
    const a = named();
    const { review } = await begin([plan([pay(a, 20)])], [pay(a, 20)]);
    await desk.at.runtime.changes.reload(policy.replace("args.amount > 1000.0", "args.amount > 10.0"));
    expect((await decide("ada", review)).status).toBe(403);
    const moved = await read(review.id);
    expect(moved).toMatchObject({ status: "open", tier: "risk", argsHash: review.argsHash });
    expect(await lentBy(review.id)).toEqual([]);
    expect((await decide("risk", moved)).status).toBe(200);
    await expect.poll(() => desk.effectsOf("pay", a)).toBe(1);
  });

  it("a policy that asks for more, or forbids, is obeyed: when the call is made", async () => {
    const [a, b] = [named(), named()];
    // The second plan is when the policy changes.
    const { threadId, review } = await begin(
      [plan([pay(a, 20), pay(b, 66)])],
      [plan([wipe(a)])],
      [pay(a, 20), pay(b, 66)],
    );
    await decide("ada", review);
    await desk.at.runtime.waitForThread("default", threadId);
    await desk.at.runtime.changes.reload(
      policy
        .replace("args.amount > 1000.0", "args.amount > 10.0")
        .replace("args.amount == 666.0", "args.amount == 66.0"),
    );
    const { items } = await desk.at.runtime.reviews.list("default", { threadId, limit: 9 });
    const second = items.find(({ kind, status }) => kind === "plan" && status === "open");
    await decide("ada", await read(second?.id ?? ""));
    await expect
      .poll(async () =>
        (await reviewsOf(threadId)).map(({ args, status, tier }) => ({ ...args, status, tier })),
      )
      .toEqual([{ id: a, amount: 20, status: "open", tier: "risk" }]);
    expect([desk.effectsOf("pay", a), desk.effectsOf("pay", b)]).toEqual([0, 0]);
  });

  it("a policy that forbids a step forbids the plan", async () => {
    const { review } = await begin([plan([pay(named(), 20), pay(named(), 66)])]);
    await desk.at.runtime.changes.reload(policy.replace("args.amount == 666.0", "args.amount == 66.0"));
    expect(await decide("ada", review)).toMatchObject({
      status: 422,
      body: { code: "policy_forbids", detail: expect.stringContaining("Step 2: Not that much.") as string },
    });
    expect((await read(review.id)).status).toBe("open");
  });

  it("what is stopped waits, and runs once when that is lifted", async () => {
    const a = named();
    desk.give("ben", ["support", "operator"]);
    const { threadId, review } = await begin([plan([pay(a, 20)])], [pay(a, 20)]);
    const { body: stop } = await desk.as.ben("/stops", { kind: "tool", name: "pay", why: "It pays twice." });
    expect((await decide("ada", review)).status).toBe(200);
    await expect
      .poll(async () => (await reviewsOf(threadId)).map(({ status }) => status))
      .toEqual(["decided"]);
    expect(desk.effectsOf("pay", a)).toBe(0);
    await desk.as.ben(`/stops/${String(stop["id"])}/lift`, { why: "Put right." });
    await expect.poll(() => desk.effectsOf("pay", a)).toBe(1);
  });
});

describe("on the command line", () => {
  it("a plan is shown step by step, and approved", async () => {
    const [a, b] = [named(), named()];
    const { review } = await begin([plan([pay(a, 20), note(b), pay(a, 13)])], [pay(a, 20)]);
    const typed = async (...args: string[]) => {
      const command = commands.find(({ name }) => name === args[0]);
      const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.ada });
      await command?.run(args.slice(1), terminal);
      return terminal.said.out;
    };
    const shown = await typed("show", review.id);
    expect(shown).toContain("may these calls be made, each on exactly its arguments?");
    expect(shown).toMatch(
      new RegExp(
        `step 1 +pay: id ${a}, amount 20 \\(high; may run once this is approved; hash ${review.steps?.[0]?.argsHash ?? ""}\\)`,
      ),
    );
    expect(shown).toMatch(/step 2 .*runs without asking/);
    expect(shown).toMatch(/step 3 .*is asked about by itself/);
    expect(await typed("approve", review.id)).toContain("The agent is told, and makes the calls itself.");
    await expect.poll(() => desk.effectsOf("pay", a)).toBe(1);
  });
});

describe("what is said of a plan", () => {
  const read = loadPolicy(policy, "policy.yaml");
  const { tools } = countingTools();
  const declared = declaredBy({
    ...tools.find(({ name }) => name === "note"),
    asks: "plan",
  } as (typeof tools)[number]);
  const stepOf = fc.record({
    tool: fc.constantFrom("read", "note", "pay", "wipe"),
    id: fc.constantFrom("x", "lead-x", "both-x", "turns-x"),
    amount: fc.constantFrom(1, 13, 666, 5_000),
    isFlagged: fc.boolean(),
  });

  it("asks for no less than any of its steps, and forbids what one of them may not", () => {
    fc.assert(
      fc.property(fc.array(stepOf, { minLength: 1, maxLength: 5 }), (drawn) => {
        const judged = drawn.map(({ tool: name, isFlagged }): Judged => {
          const tool = tools.find((one) => one.name === name);
          return {
            declared: tool ? declaredBy(tool) : null,
            flags: isFlagged ? [{ rule: "new-recipient", text: "Seen." }] : [],
            impossible: null,
            words: null,
            gate: null,
          };
        });
        const calls = drawn.map(({ tool, id, amount }) => {
          const args = { id, amount };
          return { tool, args, argsHash: hashJson(args) };
        });
        const args = { steps: calls.map(({ tool, args: given }) => ({ tool, args: given })) };
        const whole = assessJudged(
          read,
          { tool: "propose_plan", args, argsHash: hashJson(args) },
          { declared, flags: [], impossible: null, gate: null, steps: judged },
          noEvidence,
        );
        const alone = calls.map((call, index) =>
          assessJudged(read, call, judged[index] as Judged, noEvidence),
        );
        const isForbidden = alone.some(({ route }) => route === "refuse");
        const asksNobody = alone.every(({ route }) => route === "execute");
        expect(whole.route).toBe(isForbidden ? "refuse" : asksNobody ? "execute" : "review");
        if (isForbidden) return;
        if (asksNobody) {
          expect(whole).toMatchObject({ tier: null, steps: alone.map(() => ({ passes: "unasked" })) });
          return;
        }
        for (const [index, { tier, level, route }] of alone.entries()) {
          const passes = whole.steps?.[index]?.passes;
          expect(ladderFrom(read, tier ?? read.defaultTier)).toContain(whole.tier);
          expect(worseLevel(whole.level, level)).toBe(whole.level);
          if (route === "execute") expect(passes).toBe("unasked");
          else if (whole.tier === "in-turn" || tier === "in-turn") expect(passes).toBe("by-itself");
          else if (drawn[index]?.isFlagged || drawn[index]?.amount === 13)
            expect(passes).toBe(
              drawn[index].isFlagged || drawn[index].tool === "pay" ? "by-itself" : "with-plan",
            );
          else expect(passes).toBe("with-plan");
        }
      }),
    );
  });

  it("lets nothing go of which the score is found out only when it is called", () => {
    const scored = loadPolicy(`${policy}routing: { target: 0.05..0.15 }\n`, "policy.yaml");
    const args = { steps: [{ tool: "note", args: { id: "x" } }] };
    const judge = (by: Policy) =>
      assessJudged(
        by,
        { tool: "propose_plan", args, argsHash: hashJson(args) },
        {
          declared,
          flags: [],
          impossible: null,
          gate: null,
          steps: unseenSteps(new Map(tools.map((tool) => [tool.name, tool])), args),
        },
        noEvidence,
      ).steps?.map(({ passes }) => passes);
    expect(judge(read)).toEqual(["unasked"]);
    expect(judge(scored)).toEqual(["by-itself"]);
  });
});

/** What a call of this conversation would be held against. */
const live = async (threadId: string) => {
  const scope = { tenant: "default", threadId, checkpointNs: "", principal: localPerson, runId: null };
  const approvals = approvalsOn(
    desk.at.runtime.db,
    () => null,
    () => {},
  );
  return (await approvals.live(scope, { graphId: "support", tools: ["pay"] })).approvals;
};
