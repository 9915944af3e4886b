// Who may not decide, whatever they had before or hold besides: somebody who lost the role, and an agent. Over HTTP.
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { reviewSchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { request, say } from "./support/http.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
undo: 60s
tools: { mail: { draft: body } }
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
});
afterEach(() => desk.give("ada", ["support"]));
afterAll(() => desk.at.stop());

/** A payment that waits, in a thread that this one began. */
async function held(who: Who = "risk") {
  const name = randomUUID();
  const { body } = await desk.as[who]("/threads", {});
  const threadId = String(body["thread_id"]);
  await desk.as[who](`/threads/${threadId}/runs/wait`, { assistant_id: "support", ...say(`pay ${name} 5`) });
  const [review] = (await desk.at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
  if (!review) throw new Error("Nothing is held.");
  const { interrupts } = (await desk.as[who](`/threads/${threadId}`)).body;
  const [interruptId = ""] = Object.values(interrupts as Record<string, { id: string }[]>)
    .flat()
    .map(({ id }) => id);
  return { name, threadId, interruptId, id: review.id, argsHash: review.argsHash };
}
type Held = Awaited<ReturnType<typeof held>>;

const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);
const paid = ({ name }: Held) => desk.effectsOf("pay", name);

/** Every way to let it go, or to say no to it. */
const ways: Record<string, (of: Held) => { path: string; body: unknown }> = {
  approve: ({ id, argsHash }) => ({ path: `/reviews/${id}/decision`, body: { type: "approve", argsHash } }),
  "approve, to be taken back": ({ id, argsHash }) => ({
    path: `/reviews/${id}/decision`,
    body: { type: "approve", argsHash, undo: true },
  }),
  edit: ({ id, argsHash, name }) => ({
    path: `/reviews/${id}/decision`,
    body: { type: "edit", argsHash, args: { id: name, amount: 1 } },
  }),
  reject: ({ id, argsHash }) => ({ path: `/reviews/${id}/decision`, body: { type: "reject", argsHash } }),
  respond: ({ id, argsHash }) => ({
    path: `/reviews/${id}/decision`,
    body: { type: "respond", argsHash, message: "It was paid before." },
  }),
  "resume, by itself": ({ threadId }) => ({
    path: `/threads/${threadId}/runs/wait`,
    body: { assistant_id: "support", command: { resume: { type: "approve" } } },
  }),
  "resume, by id": ({ threadId, interruptId }) => ({
    path: `/threads/${threadId}/runs`,
    body: {
      assistant_id: "support",
      command: { resume: { [interruptId]: { decisions: [{ type: "approve" }] } } },
    },
  }),
  "the protocol": ({ threadId, interruptId }) => ({
    path: `/threads/${threadId}/commands`,
    body: {
      id: 1,
      method: "input.respond",
      params: { namespace: [], interrupt_id: interruptId, response: { type: "approve" } },
    },
  }),
};

async function tried(who: Who, way: string, of: Held): Promise<unknown> {
  const { path, body } = ways[way]?.(of) ?? { path: "", body: {} };
  const answer = await desk.as[who](path, body);
  const problem = (answer.body["problem"] ?? answer.body) as Record<string, unknown>;
  return problem["code"];
}

describe("somebody whose role was taken away after they claimed a hold", () => {
  it.each(Object.keys(ways))("decides it no more: %s", async (way) => {
    const one = await held();
    expect((await desk.as.ada(`/reviews/${one.id}/claim`, {})).status).toBe(200);
    for (const roles of [["operator"], []]) {
      desk.give("ada", roles);
      // Without any role, another's thread is not found either.
      const refusal = roles.length > 0 ? /^decision_forbidden$/ : /^(access_forbidden|not_found)$/;
      expect(await tried("ada", way, one)).toMatch(refusal);
    }
    expect(await read(one.id)).toMatchObject({
      status: "claimed",
      decision: null,
      claimedBy: { id: "key:ada" },
    });
    expect(paid(one)).toBe(0);
    // The same words of somebody who has the role.
    desk.give("ada", ["support"]);
    expect(await tried("ada", way, one)).toBeUndefined();
    expect((await read(one.id)).decision?.decidedBy).toEqual({ id: "key:ada", kind: "person" });
  });

  it("does not keep it to themselves either: they give it back or on, and claim it no more", async () => {
    const one = await held();
    await desk.as.ada(`/reviews/${one.id}/claim`, {});
    const { claimedUntil } = await read(one.id);
    desk.give("ada", ["operator"]);
    expect(await desk.as.ada(`/reviews/${one.id}/claim`, {})).toMatchObject({
      status: 403,
      body: { code: "decision_forbidden" },
    });
    expect((await read(one.id)).claimedUntil).toBe(claimedUntil);
    expect(await desk.as.ada(`/reviews/${one.id}/release`, {})).toMatchObject({ status: 200 });
    expect(await desk.as.ben(`/reviews/${one.id}/claim`, {})).toMatchObject({ status: 200 });
  });

  it("takes back what they decided while they had it", async () => {
    const one = await held();
    expect(await tried("ada", "approve, to be taken back", one)).toBeUndefined();
    desk.give("ada", ["operator"]);
    expect(await desk.as.ada(`/reviews/${one.id}/decision`, undefined, { method: "DELETE" })).toMatchObject({
      status: 200,
      body: { status: "open", decision: null },
    });
    expect(paid(one)).toBe(0);
  });
});

describe("an agent's key, with every role there is", () => {
  it.each(Object.keys(ways))("decides nothing, neither its own calls nor others': %s", async (way) => {
    for (const one of [await held("bot"), await held("guest")]) {
      expect(await tried("bot", way, one)).toBe("decision_forbidden");
      expect(await read(one.id)).toMatchObject({ status: "open", decision: null });
      expect(paid(one)).toBe(0);
    }
  });

  it("neither has a hold to itself, hands it on, nor writes its words", async () => {
    const one = await held("bot");
    const refused = { status: 403, body: { code: "decision_forbidden" } };
    expect(await desk.as.bot(`/reviews/${one.id}/claim`, {})).toMatchObject(refused);
    for (const to of [{ person: "key:ada" }, { tier: "risk" }])
      expect(await desk.as.bot(`/reviews/${one.id}/hand-on`, { to })).toMatchObject(refused);
    expect(await desk.as.bot(`/reviews/${one.id}/questions`, { text: "Why?" })).toMatchObject(refused);

    const { ids } = await desk.held(`mail ${randomUUID()} Hello.`);
    const draft = `/reviews/${ids[0]}/draft`;
    const change = { blockId: "b1", revision: 0, change: { type: "accept" } };
    expect(await desk.as.bot(`${draft}/changes`, change)).toMatchObject(refused);
    expect(await desk.as.bot(`${draft}/proposals`, {})).toMatchObject(refused);
    expect(await desk.as.bot(`/threads/${one.threadId}/take-over`, {})).toMatchObject({
      status: 403,
      body: { code: "access_forbidden" },
    });
  });

  it("decides no batch", async () => {
    const same = await Promise.all([held("guest"), held("guest")]);
    const reviewIds = same.map(({ id }) => id);
    expect(await desk.as.bot("/batches", { reviewIds })).toMatchObject({
      status: 403,
      body: { code: "decision_forbidden" },
    });
    const opened = await desk.as.ada("/batches", { reviewIds });
    expect(opened.status).toBe(200);
    const { id } = opened.body;
    for (const [path, body] of [
      ["decision", { type: "approve" }],
      ["opened", { reviewId: reviewIds[0] }],
      ["objections", { reviewId: reviewIds[0] }],
    ] as const)
      expect(await desk.as.bot(`/batches/${String(id)}/${path}`, body)).toMatchObject({ status: 404 });
    for (const one of same) expect(await read(one.id)).toMatchObject({ status: "open", decision: null });
  });

  it("is refused as who it is, and not as what it says", async () => {
    const one = await held("bot");
    const { status, body } = await request(`${desk.at.url}/reviews/${one.id}/decision`, {
      headers: { "x-api-key": desk.keys.bot },
      body: { type: "approve", argsHash: one.argsHash, decidedBy: { id: "key:ada", kind: "person" } },
    });
    expect([status, body["code"]]).toEqual([422, "request_invalid"]);
  });
});
