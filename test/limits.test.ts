// How much each person may release: judged over HTTP by the policy in force, on the arguments that are released.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overLimit } from "../src/policies/limits.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { reviewSchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
tools: { pay: { amount: args.amount, currency: EUR } }
rules:
  - { id: pair, when: "tool == 'pay' && args.id.startsWith('pair')", tier: pair }
tiers:
  solo: { roles: [support] }
  pair: { roles: [support], quorum: 2 }
  chief: { roles: [risk] }
limits:
  - { roles: [support], currency: EUR, up_to: 500 }
  - { person: "key:ben", currency: EUR, up_to: 2000 }
  - { person: "key:cid", currency: EUR, up_to: 100 }
  - { roles: [risk], currency: EUR, up_to: unlimited }
`;

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
});
afterAll(() => desk.at.stop());

const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);
const held = async (amount: number | "", prefix = "") => {
  const name = `${prefix}${randomUUID()}`;
  const { ids, threadId } = await desk.held(`pay ${name} ${amount}`, "guest");
  const [id = ""] = ids;
  return { id, name, threadId, settled: () => desk.at.runtime.waitForThread("default", threadId) };
};
const decide = async (who: Who, { id }: { id: string }, body: object = { type: "approve" }) =>
  desk.as[who](`/reviews/${id}/decision`, { argsHash: (await read(id)).argsHash, ...body });
const refused = { status: 403, body: { code: "over_limit" } };
const done = { status: 200, body: { decision: {} } };

describe("a limit", () => {
  it("is what one may release: not a cent more, and who may is said", async () => {
    expect(await decide("ada", await held(500))).toMatchObject(done);
    const one = await held(500.01);
    expect(await decide("ada", one)).toMatchObject({
      status: 403,
      body: {
        code: "over_limit",
        amount: 500.01,
        currency: "EUR",
        limit: 500,
        mayRelease: ["key:ben", "risk"],
        tiers: ["pair", "chief"],
      },
    });
    expect(desk.effectsOf("pay", one.name)).toBe(0);
    expect(await desk.as.ada(`/reviews/${one.id}/hand-on`, { to: { tier: "chief" } })).toMatchObject({
      status: 200,
    });
    expect(await decide("risk", one)).toMatchObject(done);
    await one.settled();
    expect(desk.effectsOf("pay", one.name)).toBe(1);
  });

  it("of one's own wins over that of one's role, upwards and downwards", async () => {
    const one = await held(1_500);
    expect(await decide("cid", one)).toMatchObject({ body: { code: "over_limit", limit: 100 } });
    expect(await decide("ben", one)).toMatchObject(done);
    expect(await decide("cid", await held(101))).toMatchObject(refused);
  });

  it("of several roles is the highest", async () => {
    expect(await decide("risk", await held(1_000_000))).toMatchObject(done);
  });

  it("is nothing for who is in no entry", async () => {
    desk.give("lead", ["lead", "support"]);
    expect(await decide("lead", await held(400))).toMatchObject(done);
    const strict = policy.replace("roles: [support], currency", "roles: [treasury], currency");
    expect(await desk.at.runtime.changes.reload(strict)).toMatchObject({ ok: true });
    expect(await decide("ada", await held(1))).toMatchObject({ body: { code: "over_limit", limit: 0 } });
    // By the policy in force when it is released, not by that of when it was held.
    const one = await held(1);
    await desk.at.runtime.changes.reload(policy);
    expect(await decide("ada", one)).toMatchObject(done);
  });

  it("is over for an amount that cannot be read, but for who has none", async () => {
    const one = await held("");
    expect(await decide("ada", one)).toMatchObject({ body: { code: "over_limit", amount: null } });
    expect(await decide("ben", one)).toMatchObject(refused);
    expect(await decide("risk", one)).toMatchObject(done);
  });

  it("is for what is released: an edit is measured by what it makes of the call", async () => {
    const one = await held(400);
    const edit = (amount: number) => ({ type: "edit", args: { id: one.name, amount } });
    expect(await decide("ada", one, edit(501))).toMatchObject(refused);
    expect(await decide("ada", one, edit(-501))).toMatchObject(refused);
    expect(await read(one.id)).toMatchObject({ status: "open", args: { amount: 400 } });
    const large = await held(900);
    expect(await decide("ada", large)).toMatchObject(refused);
    expect(await decide("ada", large, { type: "edit", args: { id: large.name, amount: 300 } })).toMatchObject(
      done,
    );
  });

  it("keeps nobody from saying no", async () => {
    expect(await decide("ada", await held(9_000), { type: "reject" })).toMatchObject(done);
  });

  it("is on every vote", async () => {
    const one = await held(700, "pair");
    expect(await decide("ada", one)).toMatchObject(refused);
    expect(await decide("ben", one)).toMatchObject({ status: 200, body: { votes: { given: 1 } } });
    expect(await decide("cid", one)).toMatchObject(refused);
    expect(await decide("risk", one)).toMatchObject(done);
  });
});

describe("of any amount", () => {
  const read = loadPolicy(policy, "policy.yaml");
  const by = (who: string, roles: string[]) => ({ id: who, roles });
  const over = (holder: ReturnType<typeof by>, amount: number) =>
    overLimit(read, holder, { tool: "pay", args: { amount } });

  it("more is never allowed where less is not", () => {
    const holder = fc.constantFrom(by("key:ben", ["support"]), by("key:ada", ["support"]), by("x", []));
    const amount = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e9 });
    fc.assert(
      fc.property(holder, amount, amount, (who, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(over(who, less) === null || over(who, more) !== null).toBe(true);
      }),
    );
  });

  it("an entry that names the tool wins over one that names none", () => {
    const two = loadPolicy(
      `tools: { pay: { amount: args.amount, currency: EUR }, wire: { amount: args.amount, currency: EUR } }
limits:
  - { roles: [support], currency: EUR, up_to: 500 }
  - { roles: [support], currency: EUR, up_to: 50, tools: [wire] }`,
      "policy.yaml",
    );
    const of = (tool: string, amount: number) =>
      overLimit(two, by("a", ["support"]), { tool, args: { amount } });
    expect([of("pay", 500), of("wire", 50)]).toEqual([null, null]);
    expect(of("wire", 51)).toEqual({ amount: 51, currency: "EUR", upTo: 50 });
    expect(of("free", 1_000)).toBeNull();
  });

  it("who decides in another's stead has to be within both limits", () => {
    const deputy = (ownRoles: string[], roles: string[]) => ({
      id: "key:dan",
      roles: [...ownRoles, ...roles],
      onBehalfOf: { id: "key:eve", subject: "key:eve", roles, ownRoles, deputyId: "d" },
    });
    const of = (ownRoles: string[], roles: string[], amount: number) =>
      overLimit(read, deputy(ownRoles, roles), { tool: "pay", args: { amount } });
    expect(of(["support"], ["risk"], 500)).toBeNull();
    expect(of(["support"], ["risk"], 501)).toMatchObject({ upTo: 500 });
    expect(of(["risk"], ["support"], 501)).toMatchObject({ upTo: 500 });
    expect(of([], ["risk"], 1)).toMatchObject({ upTo: 0 });
  });
});
