// Deciding in another's stead: what the giver may, until then, and no more. Over HTTP and against Postgres.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { batchSchema, reviewSchema } from "../src/http/contract.js";
import { localPerson } from "../src/kernel/principal.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import { createDraftStore } from "../src/storage/draft-rows.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

const policy = `
tools: { mail: { draft: body } }
rules:
  - { id: eyes, when: "tool == 'pay' && args.amount == 2", tier: eyes }
  - { id: pair, when: "tool == 'pay' && args.amount == 3", tier: pair }
tiers:
  lead: { roles: [lead], respond: 1h, extend: { by: 1h, times: 2 } }
  eyes: { roles: [lead], four_eyes: true }
  pair: { roles: [support, lead], quorum: 2, of: 4 }
default: { tier: lead }
`;

let desk: Desk;
let db: Database;
beforeAll(async () => {
  const url = await testDatabase();
  // Cid and the one who answers for risk are two accounts of one person.
  desk = await serveDesk(url, { policy, persons: { cid: "carl", risk: "carl" } });
  db = openDatabase({ url, roles: true });
});
afterAll(async () => {
  await desk.at.stop();
  await db.close();
});
/** Each case begins with nobody in anybody's stead. */
beforeEach(async () => {
  await db.once({ tenant: "default" }, "update holdpoint.deputies set revoked_at = now()");
  desk.give("lead", ["lead"]);
});

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
const give = (who: Who, body: object) => desk.as[who]("/deputies", { until: tomorrow(), ...body });
const listed = async (who: Who) => (await desk.as[who]("/deputies")).body["items"] as { id: string }[];
const revoke = (who: Who, id: unknown) =>
  desk.as[who](`/deputies/${String(id)}`, undefined, { method: "DELETE" });
const read = async (id: string) => reviewSchema.parse((await desk.as.ben(`/reviews/${id}`)).body);
const held = async (amount: number, by: Who = "guest") => {
  const name = randomUUID();
  const { ids, threadId } = await desk.held(`pay ${name} ${amount}`, by);
  return { id: ids[0] ?? "", name, threadId };
};
const decide = async (who: Who, { id }: { id: string }, body: object = {}) =>
  desk.as[who](`/reviews/${id}/decision`, { type: "approve", argsHash: (await read(id)).argsHash, ...body });
const forbidden = { status: 403, body: { code: "decision_forbidden" } };

describe("a deputy", () => {
  it("decides what the giver may, until it is taken back, and the record says in whose stead", async () => {
    const one = await held(1);
    expect(await decide("ada", one)).toMatchObject(forbidden);
    const given = await give("lead", { to: "key:ada", reason: "on leave" });
    expect(given).toMatchObject({
      status: 200,
      body: { from: { id: "key:lead" }, to: "key:ada", roles: ["lead"], reason: "on leave" },
    });
    expect(await desk.as.ada(`/reviews/${one.id}/claim`, {})).toMatchObject({ status: 200 });
    expect(await decide("ada", one)).toMatchObject({
      status: 200,
      body: { decision: { decidedBy: { id: "key:ada", onBehalfOf: "key:lead" } } },
    });
    await desk.at.runtime.waitForThread("default", one.threadId);
    expect(desk.effectsOf("pay", one.name)).toBe(1);
    const other = await held(1);
    expect((await revoke("lead", given.body["id"])).status).toBe(204);
    expect(await decide("ada", other)).toMatchObject(forbidden);
  });

  it("stops being one when the time is over, by the database's clock", async () => {
    const one = await held(1);
    await give("lead", { to: "key:ada", until: new Date(Date.now() + 500).toISOString() });
    await expect.poll(() => listed("lead")).toEqual([]);
    expect(await decide("ada", one)).toMatchObject(forbidden);
    expect(await give("lead", { to: "key:ada", until: "2020-01-01T00:00:00Z" })).toMatchObject({
      status: 422,
    });
  });

  it("is asked again by the statement that decides: taken back in between, nothing is decided", async () => {
    const one = await held(1);
    const given = await give("lead", { to: "key:ada" });
    const review = await desk.at.runtime.reviews.find("default", one.id);
    if (!review) throw new Error("Nothing is held.");
    const by = {
      id: "key:ada",
      kind: "person" as const,
      roles: ["support", "lead"],
      tenant: "default",
      onBehalfOf: {
        id: "key:lead",
        subject: "key:lead",
        roles: ["lead"],
        ownRoles: ["support"],
        deputyId: String(given.body["id"]),
      },
    };
    const decision = {
      id: randomUUID(),
      reviewId: one.id,
      type: "approve" as const,
      args: review.args,
      argsHash: review.argsHash,
      seenHash: review.argsHash,
      version: review.version,
      reason: null,
      message: null,
      answers: [],
      rewritten: null,
      undoMs: null,
      decidedBy: by,
      idempotencyKey: null,
    };
    await revoke("lead", given.body["id"]);
    expect(await desk.at.runtime.reviews.decide("default", decision)).toBeNull();
    const again = await give("lead", { to: "key:ada" });
    const onBehalfOf = { ...by.onBehalfOf, deputyId: String(again.body["id"]) };
    expect(
      await desk.at.runtime.reviews.decide("default", { ...decision, decidedBy: { ...by, onBehalfOf } }),
    ).toMatchObject({ status: "decided" });
  });

  it("does all that belongs to deciding: takes more time, writes in the draft, asks the agent", async () => {
    const { ids } = await desk.held(`mail ${randomUUID()} Hello.`, "guest");
    const [id = ""] = ids;
    const [block] = (await read(id)).draft?.blocks ?? [];
    const change = {
      blockId: block?.id,
      revision: block?.revision,
      change: { type: "write", text: "Goodbye." },
    };
    const done = async () =>
      (
        await Promise.all([
          desk.as.ada(`/reviews/${id}/extend`, {}),
          desk.as.ada(`/reviews/${id}/draft/editors`, { blockId: null }),
          desk.as.ada(`/reviews/${id}/questions`, { text: "Why?" }),
        ])
      ).map(({ status }) => status);
    expect(await done()).toEqual([403, 403, 403]);
    expect(await desk.as.ada(`/reviews/${id}/draft/changes`, change)).toMatchObject(forbidden);
    await give("lead", { to: "key:ada" });
    expect(await done()).toEqual([200, 200, 200]);
    expect(await desk.as.ada(`/reviews/${id}/draft/changes`, change)).toMatchObject({
      status: 200,
      body: { args: { body: "Goodbye." } },
    });
  });

  it("has no role any more that the giver has lost", async () => {
    const one = await held(1);
    await give("lead", { to: "key:ada" });
    desk.give("lead", ["operator"]);
    expect(await decide("ada", one)).toMatchObject(forbidden);
    desk.give("lead", ["lead"]);
    expect(await decide("ada", one)).toMatchObject({ status: 200 });
  });

  it("may be named as a person, by whichever account they come", async () => {
    await give("lead", { to: "Carl" });
    for (const who of ["cid", "risk"] as const)
      expect(await listed(who)).toMatchObject([{ to: "Carl", side: "had" }]);
    expect(await decide("cid", await held(1))).toMatchObject({ status: 200 });
    expect(await decide("risk", await held(1))).toMatchObject({ status: 200 });
  });
});

describe("all that belongs to deciding", () => {
  const asAda = (id: string) => {
    const at = (path: string, body?: object) =>
      desk.as.ada(`/reviews/${id}${path}`, body, { method: "POST" });
    return {
      write: async (text: string) => {
        const block = (await read(id)).draft?.blocks[0];
        const change = { type: "write", text };
        return at("/draft/changes", { blockId: block?.id, revision: block?.revision, change });
      },
      editing: () => at("/draft/editors", { blockId: null }),
      ask: () => at("/questions", { text: "Why?" }),
      extend: () => at("/extend"),
      handOn: () => at("/hand-on", { to: { person: "key:ben" } }),
      assess: async (args: object) => (await at("/assessment", { args })).body["mayDecide"],
    };
  };
  const mail = async () => {
    const { ids } = await desk.held(`mail ${randomUUID()} Hello.`, "guest");
    return ids[0] ?? "";
  };

  it("is a deputy's: the words, the agent, more time and whose it is next, in the giver's stead", async () => {
    const id = await mail();
    const ada = asAda(id);
    const all = (): Promise<{ status: number; body: object }[]> =>
      Promise.all([ada.write("Good day."), ada.editing(), ada.ask(), ada.extend(), ada.handOn()]);
    for (const answer of await all()) expect(answer).toMatchObject(forbidden);
    const args = { id: "x", body: "Hello." };
    expect(await ada.assess(args)).toBe(false);

    const given = await give("lead", { to: "key:ada" });
    expect(await ada.assess(args)).toBe(true);
    expect(await ada.write("Good day.")).toMatchObject({
      status: 200,
      body: { draft: { blocks: [{ text: "Good day." }] } },
    });
    const forLead = { by: { id: "key:ada", onBehalfOf: "key:lead" } };
    expect((await desk.as.ada(`/reviews/${id}/draft/changes`)).body).toMatchObject({
      items: [{ by: { id: "support" } }, forLead],
    });
    expect(await ada.editing()).toMatchObject({ status: 200 });
    expect(await ada.ask()).toMatchObject({ status: 200, body: forLead });
    expect(await ada.extend()).toMatchObject({ status: 200 });

    await revoke("lead", given.body["id"]);
    for (const answer of await all()) expect(answer).toMatchObject(forbidden);
    await give("lead", { to: "key:ada" });
    expect(await ada.handOn()).toMatchObject({ status: 200, body: { claimedBy: { id: "key:ben" } } });
  });

  it("is asked again by the statement that writes words: taken back in between, none are written", async () => {
    const id = await mail();
    const given = await give("lead", { to: "key:ada" });
    const review = await desk.at.runtime.reviews.find("default", id);
    if (!review?.draft) throw new Error("Nothing is drafted.");
    const { draft } = review;
    const store = createDraftStore(db, () => undefined);
    const proposed = (deputyId: unknown) =>
      store.propose("default", review, draft, {
        id: "key:ada",
        kind: "person",
        roles: ["support", "lead"],
        tenant: "default",
        onBehalfOf: {
          id: "key:lead",
          subject: "key:lead",
          roles: ["lead"],
          ownRoles: ["support"],
          deputyId: String(deputyId),
        },
      });
    await revoke("lead", given.body["id"]);
    expect(await proposed(given.body["id"])).toBeNull();
    expect(await proposed((await give("lead", { to: "key:ada" })).body["id"])).toMatchObject({ id });
  });

  it("is a batch, too: opened and decided by what was given", async () => {
    const [one, other] = [await held(1), await held(1)];
    const reviewIds = [one.id, other.id];
    expect(await desk.as.ada("/batches", { reviewId: one.id })).toMatchObject(forbidden);
    await give("lead", { to: "key:ada" });
    const alike = batchSchema.parse((await desk.as.ada("/batches", { reviewId: one.id })).body);
    expect(alike.members.map(({ review }) => review.id)).toEqual(expect.arrayContaining(reviewIds));
    const batch = batchSchema.parse((await desk.as.ada("/batches", { reviewIds })).body);
    for (const reviewId of reviewIds) await desk.as.ada(`/batches/${batch.id}/opened`, { reviewId });
    const { body } = await desk.as.ada(`/batches/${batch.id}/decision`, { type: "approve" });
    const decidedBy = { id: "key:ada", onBehalfOf: "key:lead" };
    const decided = { review: { decision: { decidedBy } }, problem: null };
    expect(body).toMatchObject({ items: [decided, decided] });
  });
});

describe("what is given", () => {
  it("is never more than the giver holds, and what was given is not given on", async () => {
    expect(await give("lead", { to: "key:ada", roles: ["lead", "risk"] })).toMatchObject({
      status: 403,
      body: { code: "access_forbidden", roles: ["risk"] },
    });
    await give("lead", { to: "key:ada" });
    expect(await give("ada", { to: "key:ben", roles: ["lead"] })).toMatchObject({ status: 403 });
    await give("ada", { to: "key:ben" });
    expect(await decide("ben", await held(1))).toMatchObject(forbidden);
  });

  it("by whoever was alone on this machine is named, and nothing once there is an access file", async () => {
    const { deputies } = desk.at.runtime;
    const until = new Date(tomorrow());
    await expect(deputies.give(localPerson, { to: "key:ada", until, reason: null })).rejects.toMatchObject({
      code: "request_invalid",
    });
    await deputies.give(localPerson, { to: "key:ada", roles: ["lead"], until, reason: null });
    expect(await decide("ada", await held(1))).toMatchObject(forbidden);
  });

  it("is not for oneself, whichever account, nor by an agent, nor by a guest", async () => {
    expect(await give("lead", { to: "key:lead" })).toMatchObject({ status: 422 });
    expect(await give("cid", { to: "carl" })).toMatchObject({ status: 422 });
    expect(await give("bot", { to: "key:ada" })).toMatchObject({ status: 403 });
    expect(await give("guest", { to: "key:ada" })).toMatchObject({ status: 403 });
  });

  it("does nothing for an agent, or a guest, that it is given to", async () => {
    await give("lead", { to: "key:bot" });
    await give("lead", { to: "key:guest" });
    const one = await held(1);
    expect(await decide("bot", one)).toMatchObject(forbidden);
    const resumed = await desk.as.guest(`/threads/${one.threadId}/runs/wait`, {
      assistant_id: "support",
      command: { resume: { type: "approve" } },
    });
    expect(resumed).toMatchObject(forbidden);
  });

  it("is seen and taken back by who it concerns, and by operators", async () => {
    const { body } = await give("lead", { to: "key:ada" });
    expect((await listed("lead")).map(({ id }) => id)).toEqual([body["id"]]);
    expect((await listed("ada")).map(({ id }) => id)).toEqual([body["id"]]);
    expect([await listed("lead"), await listed("ada")]).toMatchObject([
      [{ side: "given" }],
      [{ side: "had" }],
    ]);
    expect(await listed("ben")).toEqual([]);
    for (const who of ["ada", "ben"] as const) expect((await revoke(who, body["id"])).status).toBe(404);
    expect((await revoke("ben", "no-such-deputy")).status).toBe(404);
    desk.give("ben", ["operator"]);
    expect(await listed("ben")).toMatchObject([{ id: body["id"], side: "others" }]);
    expect((await revoke("ben", body["id"])).status).toBe(204);
    expect(await listed("lead")).toEqual([]);
    desk.give("ben", ["support"]);
  });
});

describe("the command line", () => {
  const typed = async (who: Who, ...words: string[]) => {
    const command = commands.find((one) => one.name.split(" ").every((word, index) => words[index] === word));
    const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys[who] });
    await command?.run(words.slice(command.name.split(" ").length), terminal);
    return terminal.said.out;
  };

  it("gives, lists and takes back", async () => {
    const one = await held(1);
    const until = tomorrow();
    const given = await typed("lead", "deputy", "add", "key:ada", "--until", until, "--role", "lead");
    expect(given).toContain(`key:ada decides in the stead of key:lead, as lead, until ${until}.`);
    const [, id = ""] = /deputy remove (\w+)/.exec(given) ?? [];
    for (const who of ["lead", "ada"] as const)
      expect(await typed(who, "deputies")).toMatch(new RegExp(`${id} +key:ada +key:lead +lead +${until}`));
    expect(JSON.parse(await typed("lead", "deputies", "--json"))).toMatchObject([{ to: "key:ada" }]);
    expect(await typed("ben", "deputies")).toBe("Nobody decides in another's stead.\n");
    await expect(typed("ben", "deputy", "remove", id)).rejects.toThrow(/no deputy/);
    await expect(typed("ada", "deputy", "remove", id)).rejects.toThrow(/another's/);
    expect(await typed("lead", "deputy", "remove", id)).toBe(
      "key:ada no longer decides in the stead of key:lead.\n",
    );
    expect(await decide("ada", one)).toMatchObject(forbidden);
  });

  it("refuses a time that is none, and a role that the giver does not hold", async () => {
    await expect(typed("lead", "deputy", "add", "key:ada")).rejects.toThrow(/--until is missing/);
    await expect(typed("lead", "deputy", "add", "key:ada", "--until", "soon")).rejects.toThrow(/"soon"/);
    await expect(
      typed("lead", "deputy", "add", "key:ada", "--until", tomorrow(), "--role", "risk"),
    ).rejects.toThrow(/does not hold risk/);
  });
});

describe("where four eyes or several people are asked for", () => {
  it("who asked does not decide through a deputy, nor as the deputy of another", async () => {
    const one = await held(2, "lead");
    await give("lead", { to: "key:ada" });
    const answer = await decide("ada", one);
    expect(answer).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(answer.body["detail"]).toContain("in the stead of key:lead, who asked for this");
    const own = await held(2, "ada");
    expect(await decide("ada", own)).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(await decide("ada", await held(2, "ben"))).toMatchObject({ status: 200 });
  });

  it("what a deputy changed is not agreed to by who gave the right", async () => {
    const one = await held(2);
    await give("lead", { to: "key:ada" });
    const args = { id: one.name, amount: 1.5 };
    expect(await decide("ada", one, { type: "edit", args })).toMatchObject({
      status: 200,
      body: { status: "open", requestedBy: { id: "key:ada", onBehalfOf: "key:lead" } },
    });
    const answer = await decide("lead", one);
    expect(answer).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(answer.body["detail"]).toContain("by the same right as key:ada, who asked for this");
  });

  it("who asked is the same person by a second account", async () => {
    const one = await held(3, "cid");
    const answer = await decide("risk", one);
    expect(answer).toMatchObject({ status: 403, body: { why: "asked" } });
    expect(answer.body["detail"]).toContain("the same person as key:cid");
  });

  it("one person is one vote: by a second account neither, nor as themselves and as a deputy", async () => {
    const one = await held(3);
    expect(await decide("cid", one)).toMatchObject({ status: 200, body: { status: "open" } });
    expect(await decide("risk", one)).toMatchObject({ status: 409, body: { code: "already_voted" } });
    await give("lead", { to: "key:cid" });
    expect(await decide("cid", one)).toMatchObject({ status: 409, body: { code: "already_voted" } });
    expect((await read(one.id)).votes).toMatchObject({ given: 1 });
  });

  it("one right is one vote: neither do two deputies of one giver make a quorum, nor a giver and their deputy", async () => {
    desk.give("ben", ["desk"]);
    const one = await held(3);
    await give("lead", { to: "key:ben" });
    expect(await decide("ben", one)).toMatchObject({ status: 200, body: { status: "open" } });
    expect(await decide("lead", one)).toMatchObject({ status: 409, body: { code: "already_voted" } });
    expect(await decide("ada", one)).toMatchObject({ status: 200, body: { decision: { type: "approve" } } });
    expect((await read(one.id)).decision?.approvedBy).toEqual([
      { id: "key:ben", kind: "person", onBehalfOf: "key:lead" },
      { id: "key:ada", kind: "person" },
    ]);
    desk.give("ben", ["support"]);
  });
});
