// Having a review to oneself, giving it back, handing it on. Over HTTP, by people with roles of their own.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  reviewContextSchema,
  reviewListSchema,
  reviewSchema,
  reviewTallySchema,
} from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
rules:
  - { id: big, when: "tool == 'pay' && has(args.amount) && args.amount > 1000", tier: risk }
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
});
afterAll(() => desk.at.stop());

const held = async (amount = 5): Promise<string> =>
  (await desk.held(`pay ${randomUUID()} ${amount}`)).ids[0] ?? "";
const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);
const claim = (who: Who, id: string) => desk.as[who](`/reviews/${id}/claim`, {});
const release = (who: Who, id: string) => desk.as[who](`/reviews/${id}/release`, {});
const handOn = (who: Who, id: string, to: object, note?: string) =>
  desk.as[who](`/reviews/${id}/hand-on`, { to, ...(note === undefined ? {} : { note }) });
const decide = async (who: Who, id: string, body: object = { type: "reject" }) =>
  desk.as[who](`/reviews/${id}/decision`, { argsHash: (await read(id)).argsHash, ...body });
const lapse = (id: string) =>
  desk.at.runtime.db.once(
    { tenant: "default" },
    "update holdpoint.reviews set claimed_until = now() - interval '1 s' where review_id = $1",
    [id],
  );
const eventsOf = async (id: string) =>
  reviewContextSchema
    .parse((await desk.as.risk(`/reviews/${id}/context`)).body)
    .events.map((event) => ({ ...event, at: undefined }));
const listed = async (who: Who, query: string): Promise<string[]> =>
  reviewListSchema.parse((await desk.as[who](`/reviews?limit=200&${query}`)).body).items.map(({ id }) => id);
const minutesLeft = (until: string | null): number => (Date.parse(until ?? "") - Date.now()) / 60_000;
const key = (id: string) => ({ id: `key:${id}`, kind: "person" });
const isClaimed = { status: 409, body: { code: "review_claimed", claimedBy: "key:ada" } };

describe("a claim", () => {
  it("is ten minutes in which nobody else decides, at whatever door; who has it does", async () => {
    const id = await held();
    const { status, body } = await claim("ada", id);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: "claimed", claimedBy: key("ada"), version: 1 },
    });
    expect(minutesLeft(reviewSchema.parse(body).claimedUntil)).toBeCloseTo(10, 0);
    for (const type of ["reject", "approve"])
      expect(await decide("ben", id, { type })).toMatchObject(isClaimed);
    expect(await claim("ben", id)).toMatchObject(isClaimed);
    expect(await handOn("ben", id, { tier: "risk" })).toMatchObject(isClaimed);
    expect(await release("ben", id)).toMatchObject(isClaimed);
    const { threadId } = await read(id);
    const resume = { assistant_id: "support", command: { resume: { type: "approve" } } };
    expect(await desk.as.ben(`/threads/${threadId}/runs/wait`, resume)).toMatchObject(isClaimed);
    expect(await decide("ada", id)).toMatchObject({ status: 200, body: { claimedBy: null } });
    expect(await eventsOf(id)).toEqual([{ kind: "claimed", by: key("ada") }]);
  });

  it("ends by itself, is renewed by claiming again, and is given back", async () => {
    const id = await held();
    await claim("ada", id);
    await lapse(id);
    expect(await read(id)).toMatchObject({ status: "open", claimedBy: null, claimedUntil: null });
    expect(await claim("ada", id)).toMatchObject({ status: 200 });
    expect(minutesLeft((await read(id)).claimedUntil)).toBeCloseTo(10, 0);
    expect(await release("ada", id)).toMatchObject({
      status: 200,
      body: { status: "open", claimedBy: null },
    });
    expect(await release("ada", id)).toMatchObject({ status: 200 });
    await claim("ada", id);
    await lapse(id);
    expect(await decide("ben", id)).toMatchObject({
      status: 200,
      body: { decision: { decidedBy: key("ben") } },
    });
    expect(await claim("ada", id)).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
  });

  it("is for whoever may decide it: not for a lower tier", async () => {
    const id = await held(2000);
    expect(await claim("ada", id)).toMatchObject({ status: 403, body: { code: "decision_forbidden" } });
    expect(await claim("guest", id)).toMatchObject({ status: 403 });
    expect(await claim("risk", id)).toMatchObject({ status: 200 });
    expect(await claim("risk", randomUUID())).toMatchObject({ status: 404 });
  });

  it("of two at once goes to one", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => held()));
    for (const id of ids) {
      const answers = await Promise.all([claim("ada", id), claim("ben", id)]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    }
  });

  it("is asked for in the queue, and counted", async () => {
    const [mine, theirs, free] = [await held(), await held(), await held()];
    await claim("ada", mine);
    await claim("ben", theirs);
    expect(await listed("ada", "status=open&claimed=mine")).toContain(mine);
    expect(await listed("ada", "status=open&claimed=mine")).not.toContain(theirs);
    const none = await listed("ada", "status=open&claimed=none");
    expect([none.includes(free), none.includes(mine), none.includes(theirs)]).toEqual([true, false, false]);
    expect(await listed("ada", "status=claimed")).toEqual(expect.arrayContaining([mine, theirs]));
    const counted = async () => reviewTallySchema.parse((await desk.as.ada("/reviews/tally")).body).claimed;
    const before = await counted();
    await release("ben", theirs);
    expect(await counted()).toBe(before - 1);
  });

  it("that was lost to a change of who may decide is not had", async () => {
    const id = await held();
    await claim("ada", id);
    // The edit asks for more: it goes on to who has that, and is nobody's.
    const { args } = await read(id);
    expect(await decide("ada", id, { type: "edit", args: { ...args, amount: 5000 } })).toMatchObject({
      status: 200,
      body: { status: "open", tier: "risk", claimedBy: null },
    });
    expect(await decide("risk", id)).toMatchObject({ status: 200 });
  });
});

describe("a review is handed on", () => {
  it("to a person, who has it for eight hours, with a note; who gave it may take it back", async () => {
    const id = await held();
    expect(await handOn("ada", id, { person: "key:ben" }, "You know the customer.")).toMatchObject({
      status: 200,
      body: { status: "claimed", claimedBy: key("ben") },
    });
    expect(minutesLeft((await read(id)).claimedUntil)).toBeCloseTo(480, 0);
    expect(await decide("ada", id)).toMatchObject({ status: 409, body: { code: "review_claimed" } });
    expect(await release("risk", id)).toMatchObject({ status: 409, body: { code: "review_claimed" } });
    expect(await release("ada", id)).toMatchObject({ status: 200, body: { claimedBy: null } });
    await handOn("ada", id, { person: "key:ben" });
    expect(await decide("ben", id)).toMatchObject({ status: 200 });
    expect(await eventsOf(id)).toEqual([
      { kind: "handed_on", by: key("ada"), to: { person: "key:ben" }, note: "You know the customer." },
      { kind: "released", by: key("ada") },
      { kind: "handed_on", by: key("ada"), to: { person: "key:ben" }, note: null },
    ]);
  });

  it("to somebody without the role, who may give it on, and decides nothing by that", async () => {
    const id = await held(2000);
    await handOn("risk", id, { person: "key:ada" });
    expect(await decide("ada", id, { type: "approve" })).toMatchObject({ status: 403 });
    expect(await handOn("ada", id, { person: "key:risk" })).toMatchObject({ status: 200 });
    expect(await decide("risk", id)).toMatchObject({ status: 200 });
  });

  it("to nobody who could not come: an account that there is not, or one without any role", async () => {
    const id = await held();
    for (const person of ["key:nobody", "mara", "local", "key:guest"])
      expect(await handOn("ada", id, { person })).toMatchObject({
        status: 422,
        body: { code: "hand_on_refused", detail: expect.stringContaining(`"${person}"`) as unknown },
      });
    expect(await read(id)).toMatchObject({ status: "open", claimedBy: null });
  });

  it("to somebody for whom it would be kept in vain: an operator gives it back to all, whoever gave it", async () => {
    const id = await held();
    await handOn("ada", id, { person: "key:ben" });
    // Nor an agent, whose key has that role.
    for (const who of ["risk", "bot"] as const)
      expect(await release(who, id)).toMatchObject({ status: 409, body: { code: "review_claimed" } });
    desk.give("lead", ["operator"]);
    expect(await release("lead", id)).toMatchObject({
      status: 200,
      body: { status: "open", claimedBy: null },
    });
    expect(await decide("risk", id)).toMatchObject({ status: 200 });
    expect(await eventsOf(id)).toMatchObject([{ kind: "handed_on" }, { kind: "released", by: key("lead") }]);
    desk.give("lead", ["lead"]);
  });

  it("up the ladder, where it is nobody's; never down, and to no tier that is not there", async () => {
    const id = await held();
    await claim("ada", id);
    expect(await handOn("ada", id, { tier: "boss" })).toMatchObject({
      status: 422,
      body: { code: "hand_on_refused", tiers: ["risk"] },
    });
    expect(await handOn("ada", id, { tier: "risk" }, "Too large for me.")).toMatchObject({
      status: 200,
      body: { status: "open", tier: "risk", roles: ["risk"], version: 2, claimedBy: null },
    });
    expect(await decide("ada", id)).toMatchObject({ status: 403 });
    expect(await handOn("risk", id, { tier: "support" })).toMatchObject({
      status: 422,
      body: { code: "hand_on_refused", tiers: [] },
    });
    expect(await handOn("risk", id, { person: "key:risk" })).toMatchObject({ status: 422 });
    expect(await decide("risk", id)).toMatchObject({ status: 200 });
    expect(await eventsOf(id)).toEqual([
      { kind: "claimed", by: key("ada") },
      { kind: "handed_on", by: key("ada"), to: { tier: "risk" }, note: "Too large for me." },
    ]);
  });

  it("and told where to in what stands around it", async () => {
    const { instructions } = reviewContextSchema.parse(
      (await desk.as.risk(`/reviews/${await held(2000)}/context`)).body,
    );
    expect(instructions?.tiers).toEqual(["risk"]);
  });
});

it("a claim that changes hands is told to whoever watches the queue, though no figure of it changes", async () => {
  const id = await held();
  await claim("ada", id);
  const gone = new AbortController();
  const response = await fetch(`${desk.at.url}/reviews/events`, {
    signal: gone.signal,
    headers: { "x-api-key": desk.keys.risk },
  });
  const told = queueEvents(response);
  const before = (await told.next()).value;
  await handOn("ada", id, { person: "key:ben" });
  expect((await told.next()).value).toEqual(before);
  expect((await read(id)).claimedBy).toEqual(key("ben"));
  gone.abort();
});

async function* queueEvents(response: Response): AsyncGenerator {
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const frames = (text + new TextDecoder().decode(chunk)).split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (frame.includes("event: queue") && data) yield reviewTallySchema.parse(JSON.parse(data));
    }
  }
}
