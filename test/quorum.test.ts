// Several people decide one call: over HTTP, against Postgres, and from two processes.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewContextSchema, reviewListSchema, reviewSchema } from "../src/http/contract.js";
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { defineTool, scriptedModel, type Script } from "../src/index.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { callOf, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { request, serve, type Served } from "./support/http.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
undo: 60s
tools: { mail: { draft: body } }
rules:
  - { id: three, when: "tool == 'pay' && args.amount == 3", tier: two-of-three }
  - { id: blind, when: "tool == 'pay' && args.amount == 4", tier: unseen }
  - { id: order, when: "tool == 'pay' && args.amount == 5", tier: in-order }
  - { id: four, when: "tool == 'pay' && args.amount == 6", tier: other-eyes }
  - { id: slow, when: "tool == 'pay' && args.amount == 7", tier: slow }
  - { id: big, when: "tool == 'pay' && args.amount > 1000", tier: both }
tiers:
  solo: { roles: [support] }
  pair: { roles: [support], quorum: 2 }
  two-of-three: { roles: [support, risk], quorum: 2, of: 3, split: both, veto: [risk] }
  unseen: { roles: [support], quorum: 2, of: 3, blind: true }
  in-order: { roles: [support, lead], in_turn: true }
  other-eyes: { roles: [support], four_eyes: true }
  slow: { roles: [support], quorum: 2, respond: 60m, then: both }
  both: { roles: [support, risk], quorum: 2, of: 4 }
default: { tier: pair }
`;

let url: string;
let desk: Desk;
let db: Database;
beforeAll(async () => {
  url = await testDatabase();
  // Guest is who talks to the agent; bot's account is Ben's second one.
  desk = await serveDesk(url, { policy });
  db = openDatabase({ url, roles: true });
});
afterAll(async () => {
  await desk.at.stop();
  await db.close();
});

const read = async (id: string, who: Who = "risk") =>
  reviewSchema.parse((await desk.as[who](`/reviews/${id}`)).body);
const held = async (amount: number, by: Who = "guest") => {
  const name = randomUUID();
  const { threadId, ids } = await desk.held(`pay ${name} ${amount}`, by);
  const [id = ""] = ids;
  return { id, name, threadId };
};
type Held = Awaited<ReturnType<typeof held>>;
const vote = async (who: Who, { id }: Held, body: object = {}, headers: Record<string, string> = {}) => {
  const { argsHash } = await read(id);
  return desk.as[who](`/reviews/${id}/decision`, { type: "approve", argsHash, ...body }, { headers });
};
const undo = (who: Who, { id }: Held) =>
  desk.as[who](`/reviews/${id}/decision`, undefined, { method: "DELETE" });
const settled = ({ threadId }: Held) => desk.at.runtime.waitForThread("default", threadId);
const paid = ({ name }: Held) => desk.effectsOf("pay", name);
const open = { status: 200, body: { status: "open", decision: null } };

/** What whoever chats is told that it can be answered with. */
const offered = async ({ threadId }: Held) => {
  const { body } = await desk.as.guest(`/threads/${threadId}/state`);
  const [task] = body["tasks"] as { interrupts: { value: Offer }[] }[];
  const { holdpoint, review_configs, config } = task?.interrupts[0]?.value ?? never();
  return [holdpoint.allowedAnswers, review_configs[0]?.allowed_decisions, config.allow_respond];
};
interface Offer {
  holdpoint: { allowedAnswers: string[] };
  review_configs: { allowed_decisions: string[] }[];
  config: { allow_respond: boolean };
}
const never = (): never => {
  throw new Error("Nothing waits there.");
};

describe("where two have to agree", () => {
  it("chats are not offered an answer in the tool's stead, which is one person's, and elsewhere are", async () => {
    const together = ["approve", "edit", "reject"];
    expect(await offered(await held(1))).toEqual([together, together, false]);
    const alone = [...together, "respond"];
    expect(await offered(await held(6))).toEqual([alone, alone, true]);
  });

  it("the first approval leaves it open and runs nothing, the second decides it, and both are on record", async () => {
    const one = await held(1);
    expect(await read(one.id)).toMatchObject({
      tier: "pair",
      panel: { quorum: 2, of: 2, fourEyes: true, blind: false, turns: null },
      votes: { given: 0, approvals: 0, items: [] },
      allowedAnswers: ["approve", "edit", "reject"],
    });
    expect(await vote("ada", one, { reason: "as agreed" })).toMatchObject(open);
    expect(await read(one.id)).toMatchObject({
      votes: {
        given: 1,
        approvals: 1,
        items: [{ type: "approve", by: { id: "key:ada" }, reason: "as agreed" }],
      },
    });
    expect(paid(one)).toBe(0);
    expect(await vote("ben", one)).toMatchObject({ status: 200, body: { decision: { type: "approve" } } });
    await settled(one);
    expect(paid(one)).toBe(1);
    expect((await read(one.id)).decision).toMatchObject({
      decidedBy: { id: "key:ben" },
      approvedBy: [{ id: "key:ada" }, { id: "key:ben" }],
    });
  });

  it("one person votes once: again is refused, the same answer again under its key is not", async () => {
    const one = await held(1);
    const key = { "idempotency-key": randomUUID() };
    expect(await vote("ada", one, {}, key)).toMatchObject(open);
    expect(await vote("ada", one, {}, key)).toMatchObject(open);
    expect(await vote("ada", one)).toMatchObject({ status: 409, body: { code: "already_voted" } });
    expect(await vote("ada", one, { type: "reject" })).toMatchObject({ body: { code: "already_voted" } });
    expect(await desk.as.ada(`/reviews/${one.id}/claim`, {})).toMatchObject({
      body: { code: "already_voted" },
    });
    // Another one's answer under the same key is their own.
    expect(await vote("ben", one, {}, key)).toMatchObject({
      status: 200,
      body: { decision: { type: "approve" } },
    });
  });

  it("a no of one of two ends it, and nothing runs", async () => {
    const one = await held(1);
    await vote("ada", one);
    expect(await vote("ben", one, { type: "reject", reason: "not this one" })).toMatchObject({
      body: { decision: { type: "reject", reason: "not this one", approvedBy: [{ id: "key:ada" }] } },
    });
    expect(await vote("cid", one)).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
    await settled(one);
    expect(paid(one)).toBe(0);
  });

  it("an answer in the tool's stead is nobody's alone", async () => {
    const one = await held(1);
    expect(await vote("ada", one, { type: "respond", message: "It was paid." })).toMatchObject({
      status: 422,
      body: { code: "answer_not_allowed", allowed: ["approve", "edit", "reject"] },
    });
  });

  it("a claim ends with the vote of who has it", async () => {
    const one = await held(1);
    await desk.as.ada(`/reviews/${one.id}/claim`, {});
    expect(await vote("ben", one)).toMatchObject({ status: 409, body: { code: "review_claimed" } });
    expect(await vote("ada", one)).toMatchObject(open);
    expect(await vote("ben", one)).toMatchObject({ body: { decision: { type: "approve" } } });
  });

  it("who asked for it does not decide it, neither yes nor no nor otherwise", async () => {
    const one = await held(1, "ada");
    for (const body of [{}, { type: "reject" }, { type: "edit", args: { id: one.name, amount: 2 } }]) {
      const answer = await vote("ada", one, body);
      expect(answer).toMatchObject({ status: 403, body: { code: "decision_forbidden", why: "asked" } });
      expect(answer.body["detail"]).toContain("asked for this");
    }
    expect(await read(one.id)).toMatchObject({ votes: { given: 0 } });
    await vote("ben", one);
    expect(await vote("cid", one)).toMatchObject({ body: { decision: { type: "approve" } } });
  });

  it("other arguments are another proposal, of who wrote them: earlier votes count no more, and others agree", async () => {
    const one = await held(1);
    await vote("ada", one);
    const edited = await vote("ben", one, { type: "edit", args: { id: one.name, amount: 2 } });
    expect(edited).toMatchObject({
      status: 200,
      body: { status: "open", args: { amount: 2 }, requestedBy: { id: "key:ben" }, votes: { given: 0 } },
    });
    expect(await vote("ben", one)).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(await vote("ada", one)).toMatchObject(open);
    expect(paid(one)).toBe(0);
    expect(await vote("cid", one)).toMatchObject({ body: { decision: { type: "approve" } } });
    await settled(one);
    expect(desk.at.effects.of("pay").filter(({ id }) => id === one.name)).toEqual([
      { id: one.name, amount: 2 },
    ]);
    const kept = await db.once<{ round: number }>(
      { tenant: "default" },
      "select round from holdpoint.votes where review_id = $1 order by version",
      [one.id],
    );
    expect(kept.map(({ round }) => round)).toEqual([1, 2, 2]);
  });

  it("a vote on arguments that somebody else put back is none: the same hash again is a new round", async () => {
    const one = await held(1);
    await vote("ada", one);
    await vote("ben", one, { type: "edit", args: { id: one.name, amount: 2 } });
    await vote("cid", one, { type: "edit", args: { id: one.name, amount: 1 } });
    expect(await read(one.id)).toMatchObject({ args: { amount: 1 }, votes: { given: 0 } });
    expect(await vote("ben", one)).toMatchObject(open);
    expect(paid(one)).toBe(0);
  });

  it("handed on to another tier, it waits for that tier's votes alone", async () => {
    const one = await held(1);
    await vote("ada", one);
    await desk.as.ben(`/reviews/${one.id}/hand-on`, { to: { tier: "both" } });
    expect(await read(one.id)).toMatchObject({ tier: "both", votes: { given: 0 }, panel: { of: 4 } });
    expect(await vote("ben", one)).toMatchObject(open);
    expect(paid(one)).toBe(0);
    expect(await vote("ada", one)).toMatchObject({ body: { decision: { type: "approve" } } });
  });

  it("nobody answering in time, the next tier counts anew", async () => {
    const one = await held(7);
    await vote("ada", one);
    await db.once(
      { tenant: "default" },
      "update holdpoint.reviews set expires_at = now() - interval '1 s' where review_id = $1",
      [one.id],
    );
    await expect.poll(async () => (await read(one.id)).tier).toBe("both");
    expect(await vote("ben", one)).toMatchObject({ body: { status: "open", votes: { given: 1 } } });
    expect(paid(one)).toBe(0);
  });

  it("words of a draft that somebody changed are for others to agree to", async () => {
    const name = randomUUID();
    const { ids, threadId } = await desk.held(`mail ${name} Hello.`, "guest");
    const one = { id: ids[0] ?? "", name, threadId };
    const { draft } = await read(one.id);
    const [block] = draft?.blocks ?? [];
    expect(await vote("ada", one)).toMatchObject({ body: { code: "draft_incomplete" } });
    const written = await desk.as.ada(`/reviews/${one.id}/draft/changes`, {
      blockId: block?.id,
      revision: block?.revision,
      change: { type: "write", text: "Goodbye." },
    });
    expect(written).toMatchObject({ status: 200, body: { requestedBy: { id: "key:ada" } } });
    expect(await vote("ada", one)).toMatchObject({ status: 403, body: { why: "asked" } });
    await vote("ben", one);
    expect(await vote("cid", one)).toMatchObject({ body: { decision: { type: "approve" } } });
  });

  it("a batch gives each of its holds one vote, and decides none of them", async () => {
    const [one, other] = [await held(1), await held(1)];
    const decided = async (who: Who) => {
      const { body } = await desk.as[who]("/batches", { reviewIds: [one.id, other.id] });
      const members = body["members"] as { review: { id: string }; inSample: boolean }[];
      for (const { review } of members.filter(({ inSample }) => inSample))
        await desk.as[who](`/batches/${String(body["id"])}/opened`, { reviewId: review.id });
      return desk.as[who](`/batches/${String(body["id"])}/decision`, { type: "approve" });
    };
    expect(await decided("ada")).toMatchObject({ status: 200 });
    expect(await read(one.id)).toMatchObject({ status: "open", votes: { given: 1 } });
    expect(await decided("ben")).toMatchObject({ status: 200 });
    await Promise.all([settled(one), settled(other)]);
    expect([paid(one), paid(other)]).toEqual([1, 1]);
  });
});

describe("where two of three have to agree", () => {
  it("one no is not the end, two noes are", async () => {
    const one = await held(3);
    expect(await vote("ada", one, { type: "reject" })).toMatchObject(open);
    expect(await vote("ben", one, { type: "reject" })).toMatchObject({
      body: { decision: { type: "reject" } },
    });
    await settled(one);
    expect(paid(one)).toBe(0);
  });

  it("divided, it goes on to the tier that the policy names, and counts anew there", async () => {
    const one = await held(3);
    await vote("ada", one);
    await vote("ben", one, { type: "reject" });
    expect(await vote("cid", one, { type: "reject" })).toMatchObject({
      body: { status: "open", tier: "both", votes: { given: 0 }, decision: null },
    });
    const { events } = reviewContextSchema.parse((await desk.as.ada(`/reviews/${one.id}/context`)).body);
    expect(events).toMatchObject([
      { kind: "split", from: "two-of-three", to: "both", by: { id: "key:cid" } },
    ]);
    expect(await vote("ada", one)).toMatchObject(open);
    expect(paid(one)).toBe(0);
  });

  it("a no of who has the veto ends it at once", async () => {
    const one = await held(3);
    await vote("ada", one);
    expect(await vote("risk", one, { type: "reject" })).toMatchObject({
      body: { decision: { type: "reject" } },
    });
    await settled(one);
    expect(paid(one)).toBe(0);
  });
});

describe("a blind vote", () => {
  it("is seen by who has voted; others see that it was given, and neither by whom nor what", async () => {
    const one = await held(4);
    await vote("ada", one, { type: "reject", reason: "hidden words" });
    for (const who of ["ben", "lead", "risk"] as const) {
      const texts = await Promise.all(
        [`/reviews/${one.id}`, `/reviews/${one.id}/context`, "/reviews?status=open&limit=200"].map((path) =>
          desk.as[who](path),
        ),
      );
      expect((await read(one.id, who)).votes).toEqual({ given: 1, approvals: null, items: [] });
      for (const { body } of texts) expect(JSON.stringify(body)).not.toContain("hidden words");
    }
    expect((await read(one.id, "ada")).votes).toMatchObject({
      given: 1,
      approvals: 0,
      items: [{ type: "reject" }],
    });
    await vote("ben", one);
    const { items } = reviewListSchema.parse((await desk.as.ben("/reviews?status=open&limit=200")).body);
    expect(items.find(({ id }) => id === one.id)?.votes).toMatchObject({ given: 2, approvals: 1 });
    expect((await read(one.id, "cid")).votes).toEqual({ given: 2, approvals: null, items: [] });
    await vote("cid", one);
    expect((await read(one.id, "lead")).votes).toMatchObject({ given: 3, approvals: 2 });
  });

  it("is final, whatever time the policy gives: nobody votes anew after seeing the others', also once they decided", async () => {
    const one = await held(4);
    await vote("ada", one, { type: "reject", undo: true });
    expect((await read(one.id, "ada")).votes?.items).toMatchObject([{ undoUntil: null }]);
    expect(await undo("ada", one)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
    await vote("ben", one, { undo: true });
    expect(await vote("cid", one, { undo: true })).toMatchObject({ body: { decidingUntil: null } });
    for (const who of ["ben", "cid"] as const)
      expect((await undo(who, one)).status).toBeGreaterThanOrEqual(400);
    await settled(one);
    expect(paid(one)).toBe(1);
  });
});

describe("in turn", () => {
  it("each role approves once, in its order, by different people; the queue shows whose turn it is", async () => {
    const one = await held(5);
    expect(await read(one.id)).toMatchObject({
      roles: ["support"],
      panel: { quorum: 2, turns: ["support", "lead"] },
    });
    expect(await vote("lead", one)).toMatchObject({ status: 403, body: { why: "turn" } });
    expect(await vote("ada", one)).toMatchObject({ status: 200, body: { status: "open", roles: ["lead"] } });
    expect(await vote("ben", one)).toMatchObject({ status: 403, body: { why: "turn" } });
    desk.give("ada", ["support", "lead"]);
    expect(await vote("ada", one)).toMatchObject({ status: 409, body: { code: "already_voted" } });
    desk.give("ada", ["support"]);
    expect(await vote("lead", one)).toMatchObject({ body: { decision: { type: "approve" } } });
    await settled(one);
    expect(paid(one)).toBe(1);
  });

  it("a change of the arguments begins with the first of them again", async () => {
    const one = await held(5);
    await vote("ada", one);
    desk.give("lead", ["lead"]);
    expect(await vote("lead", one, { type: "edit", args: { id: one.name, amount: 5.5 } })).toMatchObject({
      status: 200,
      body: { status: "open" },
    });
    expect(await read(one.id)).toMatchObject({ roles: ["support"], requestedBy: { id: "key:lead" } });
  });

  it("only the last one takes it back, and then it is their turn again", async () => {
    const one = await held(5);
    await vote("ada", one, { undo: true });
    await vote("lead", one, { undo: true });
    expect(await undo("ada", one)).toMatchObject({ status: 403 });
    expect(await undo("lead", one)).toMatchObject({ status: 200, body: { status: "open", roles: ["lead"] } });
    expect(await undo("ada", one)).toMatchObject({
      status: 200,
      body: { status: "open", roles: ["support"], votes: { given: 0 } },
    });
  });
});

describe("four eyes where one decides", () => {
  it("who asked does not, whoever else may does", async () => {
    const one = await held(6, "ada");
    expect(await vote("ada", one)).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(await read(one.id)).toMatchObject({ votes: null, panel: { quorum: 1, fourEyes: true } });
    expect(await vote("ben", one)).toMatchObject({ status: 200, body: { decision: { type: "approve" } } });
    await settled(one);
    expect(paid(one)).toBe(1);
  });

  it("who changed it does not let it go", async () => {
    const one = await held(6);
    expect(await vote("ada", one, { type: "edit", args: { id: one.name, amount: 6.5 } })).toMatchObject(open);
    expect(await vote("ada", one)).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(paid(one)).toBe(0);
  });
});

describe("a vote is taken back", () => {
  it("while the policy gives time; then they may vote otherwise", async () => {
    const one = await held(1);
    await vote("ada", one, { undo: true });
    expect(await undo("ada", one)).toMatchObject({
      status: 200,
      body: { status: "open", votes: { given: 0 } },
    });
    expect(await undo("ada", one)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
    expect(await vote("ada", one, { type: "reject" })).toMatchObject({
      body: { decision: { type: "reject" } },
    });
  });

  it("of a decision that is not final takes the decision with it, and leaves the other's vote", async () => {
    const one = await held(1);
    await vote("ada", one, { undo: true });
    await vote("ben", one, { undo: true });
    expect(await read(one.id)).toMatchObject({ status: "decided" });
    expect(await undo("ada", one)).toMatchObject({ status: 200, body: { status: "open", decision: null } });
    expect((await read(one.id)).votes?.items).toMatchObject([{ by: { id: "key:ben" } }]);
    expect(paid(one)).toBe(0);
    expect(await vote("cid", one)).toMatchObject({ body: { decision: { approvedBy: [{}, {}] } } });
    await settled(one);
    expect(paid(one)).toBe(1);
  });

  it("not once it is final", async () => {
    const one = await held(1);
    await vote("ada", one);
    expect(await undo("ada", one)).toMatchObject({ status: 409, body: { code: "undo_too_late" } });
    expect(await read(one.id)).toMatchObject({ votes: { given: 1 } });
  });
});

describe("the executor counts for itself", () => {
  const ran: string[] = [];
  const tool = defineTool({
    name: "pay",
    description: "Pays.",
    args: z.object({ id: z.string() }),
    run: ({ id }) => {
      ran.push(id);
      return "paid";
    },
  });
  const person = (id: string) => ({ id, kind: "person", roles: ["support"], tenant: "default" });

  /** A decision that stands in the rows, whoever wrote it there. */
  const forged = async (tier: string, by: object, voters: readonly string[]) => {
    const own = await processWith(db, [tool], {
      policy: () => loadPolicy(`tiers: { a: ${tier} }`, "policy.yaml"),
    });
    const thread = randomUUID();
    const [scope, call] = [scopeOf(thread), callOf(thread)];
    expect(await own.act(scope, call)).toMatchObject({ kind: "waiting" });
    for (const voter of voters)
      await db.once(
        { tenant: "default" },
        `insert into holdpoint.votes (vote_id, tenant_id, review_id, round, type, by_whom, subject, authority, args_hash, seen_hash, version)
         select gen_random_uuid(), tenant_id, review_id, round, 'approve', $2, $3, $3, args_hash, args_hash, version
         from holdpoint.reviews where thread_id = $1`,
        [thread, JSON.stringify(person(voter)), voter],
      );
    await db.once(
      { tenant: "default" },
      `with d as (update holdpoint.reviews set status = 'decided', decided_at = now() where thread_id = $1 returning *)
       insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, decided_by)
       select gen_random_uuid(), tenant_id, review_id, action_id, 'approve', args, args_hash, args_hash, $2 from d`,
      [thread, JSON.stringify(by)],
    );
    const { kind } = await own.act(scope, call);
    return { kind, ran: ran.filter((id) => id === thread).length };
  };
  const nothing = { kind: "waiting", ran: 0 };

  it("a decision without the votes behind it runs nothing", async () => {
    const pair = "{ roles: [support], quorum: 2 }";
    expect(await forged(pair, person("ben"), [])).toEqual(nothing);
    expect(await forged(pair, person("ben"), ["ada"])).toEqual(nothing);
    // The scope's own person asked for it.
    expect(await forged(pair, person("ben"), ["ada", "local"])).toEqual(nothing);
    expect(await forged(pair, person("ben"), ["ada", "ben"])).toEqual({ kind: "answered", ran: 1 });
  });

  it("nor one of who asked for it, by whatever account", async () => {
    const eyes = "{ roles: [support], four_eyes: true }";
    expect(await forged(eyes, person("local"), [])).toEqual(nothing);
    expect(await forged(eyes, { ...person("second"), subject: "local" }, [])).toEqual(nothing);
    expect(await forged(eyes, person("ben"), [])).toEqual({ kind: "answered", ran: 1 });
  });
});

describe("from two processes at once", () => {
  let second: Served;
  beforeAll(async () => {
    second = await serve(url, { policy, gate: desk.gate });
  });
  afterAll(() => second.stop());

  const people = ["ada", "ben", "cid", "risk"] as const;
  const everywhere = async (one: Held, says: (who: Who, index: number) => object) => {
    const { argsHash } = await read(one.id);
    return Promise.all(
      [...people, ...people].map((who, index) =>
        request(`${index % 2 === 0 ? desk.at.url : second.url}/reviews/${one.id}/decision`, {
          body: { argsHash, ...says(who, index) },
          headers: { "x-api-key": desk.keys[who] },
        }),
      ),
    );
  };
  const effects = (one: Held) =>
    paid(one) + second.effects.of("pay").filter(({ id }) => id === one.name).length;

  it("eight votes of four people come to one outcome and one effect, or none", async () => {
    for (const tries of [1, 2, 3, 4, 5, 6]) {
      const one = await held(2_000 + tries);
      const says = (who: Who, index: number) => ({
        type: (index + tries) % 3 === 0 ? "reject" : "approve",
        reason: who,
      });
      const answers = await everywhere(one, says);
      expect(answers.map(({ status }) => status).every((status) => status === 200 || status === 409)).toBe(
        true,
      );
      const after = await read(one.id);
      const votes = after.votes?.items ?? [];
      const yes = votes.filter(({ type }) => type === "approve").length;
      expect(new Set(votes.map(({ by }) => by.id)).size).toBe(votes.length);
      expect(after.decision?.type).toBe(yes >= 2 ? "approve" : "reject");
      await settled(one);
      expect(effects(one)).toBe(yes >= 2 ? 1 : 0);
      const standing = await db.once(
        { tenant: "default" },
        "select 1 from holdpoint.decisions where review_id = $1",
        [one.id],
      );
      expect(standing).toHaveLength(1);
    }
  });

  it("votes and their being taken back at once never leave a decision on too few", async () => {
    for (let tries = 0; tries < 8; tries += 1) {
      const one = await held(1);
      await vote("ada", one, { undo: true });
      const [, back] = await Promise.all([vote("ben", one, { undo: true }), undo("ada", one)]);
      const { status, votes } = await read(one.id);
      expect(back.status).toBe(200);
      expect([status, votes?.items.map(({ by }) => by.id)]).toEqual(["open", ["key:ben"]]);
      const standing = await db.once(
        { tenant: "default" },
        "select 1 from holdpoint.decisions where review_id = $1 and undone_at is null",
        [one.id],
      );
      expect(standing).toHaveLength(0);
    }
  });
});

it("who asked is who asked, also for what the agent proposes after others have decided", async () => {
  const again: Script = (messages) => {
    const said = messages.find((message) => isHumanMessage(message))?.text ?? "";
    const answers = messages.filter((message) => isToolMessage(message)).length;
    return answers < 3
      ? { text: "On it.", calls: [{ tool: "pay", args: { id: `${said} ${answers}`, amount: 6 } }] }
      : { text: "Done." };
  };
  const eyes = "tiers: { a: { roles: [support], four_eyes: true } }";
  const other = await serveDesk(await testDatabase(), { policy: eyes, model: scriptedModel("again", again) });
  try {
    const { threadId } = await other.held("three times", "ada");
    const waiting = async () => {
      const list = await other.as.ben(`/reviews?status=open&thread_id=${threadId}`);
      return reviewListSchema.parse(list.body).items[0];
    };
    const answer = (who: Who, { id, argsHash }: { id: string; argsHash: string }) =>
      other.as[who](`/reviews/${id}/decision`, { type: "approve", argsHash });
    for (const nth of [0, 1, 2]) {
      await expect.poll(async () => (await waiting())?.args["id"]).toBe(`three times ${nth}`);
      const review = await waiting();
      if (!review) throw new Error("Nothing waits.");
      expect(review.requestedBy.id).toBe("key:ada");
      expect(await answer("ada", review)).toMatchObject({ status: 403, body: { why: "asked" } });
      if (nth === 1) {
        const resumed = await other.as.ben(`/threads/${threadId}/runs/wait`, {
          assistant_id: "support",
          command: { resume: { type: "approve" } },
        });
        expect(resumed.status).toBe(200);
      } else expect(await answer("ben", review)).toMatchObject({ status: 200 });
    }
  } finally {
    await other.at.stop();
  }
});

it("a policy that asks for more than when the call was held is heard: a second one has to agree", async () => {
  const name = randomUUID();
  const other = await serveDesk(await testDatabase(), { policy: "tiers: { a: { roles: [support] } }" });
  try {
    const { ids } = await other.held(`pay ${name} 1`, "guest");
    const [id = ""] = ids;
    const stricter = "tiers: { a: { roles: [support], quorum: 2 } }";
    expect(await other.at.runtime.changes.reload(stricter)).toMatchObject({ ok: true });
    const { argsHash } = reviewSchema.parse((await other.as.ada(`/reviews/${id}`)).body);
    const approve = (who: Who) => other.as[who](`/reviews/${id}/decision`, { type: "approve", argsHash });
    expect(await approve("ada")).toMatchObject({ body: { status: "open", panel: { quorum: 2 } } });
    expect(other.effectsOf("pay", name)).toBe(0);
    expect(await approve("ben")).toMatchObject({ body: { decision: { type: "approve" } } });
  } finally {
    await other.at.stop();
  }
});
