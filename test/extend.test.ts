// More time for whoever may decide, as much and as often as the policy gives. Over HTTP, by people with roles of their own.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicy } from "../src/index.js";
import { reviewContextSchema, reviewSchema } from "../src/http/contract.js";
import { putOff } from "../src/review/rung.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
rules:
  - { id: big, when: "tool == 'pay' && has(args.amount) && args.amount > 1000.0", tier: board }
tiers:
  support: { roles: [support], respond: 30m, then: risk, extend: { by: 1h, times: 2 } }
  risk: { roles: [risk], respond: 30m }
  board: { roles: [risk] }
`;

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
});
afterAll(() => desk.at.stop());

const held = async (amount = 5): Promise<string> =>
  (await desk.held(`pay ${randomUUID()} ${amount}`)).ids[0] ?? "";
const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);
const extend = (who: Who, id: string) => desk.as[who](`/reviews/${id}/extend`, {});
const contextOf = async (id: string) =>
  reviewContextSchema.parse((await desk.as.risk(`/reviews/${id}/context`)).body);
const minutesLeft = async (id: string) =>
  (Date.parse((await read(id)).expiresAt ?? "") - Date.now()) / 60_000;
const pass = (id: string) =>
  desk.at.runtime.db.pool.query(
    "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1",
    [id],
  );
const refused = (why: string) => ({
  status: 409,
  body: { code: "extension_refused", detail: expect.stringContaining(why) as string },
});

describe("a deadline", () => {
  it("is put off by as much and as often as the policy says, by who may decide, and that is on record", async () => {
    const id = await held();
    expect((await contextOf(id)).instructions?.extension).toEqual({ ms: 3_600_000, left: 2 });
    const { status, body } = await extend("ada", id);
    expect([status, body["version"]]).toEqual([200, 1]);
    expect(await minutesLeft(id)).toBeCloseTo(90, 0);
    expect((await extend("ben", id)).status).toBe(200);
    expect(await minutesLeft(id)).toBeCloseTo(150, 0);
    const { events, instructions } = await contextOf(id);
    expect(instructions?.extension).toEqual({ ms: 3_600_000, left: 0 });
    expect(events.map(({ kind, by }) => [kind, by.id])).toEqual([
      ["extended", "key:ada"],
      ["extended", "key:ben"],
    ]);
    expect(events.at(-1)).toMatchObject({ until: (await read(id)).expiresAt });
    expect(await extend("ada", id)).toMatchObject(refused("put off 2 times already"));
    expect(await minutesLeft(id)).toBeCloseTo(150, 0);
  });

  it("is not put off by who may not decide, while somebody else has it, or once it is over", async () => {
    const id = await held();
    expect((await extend("guest", id)).status).toBe(403);
    expect(await extend("bot", id)).toMatchObject({ status: 403, body: { code: "decision_forbidden" } });
    await desk.as.ada(`/reviews/${id}/claim`, {});
    expect(await extend("ben", id)).toMatchObject({ status: 409, body: { code: "review_claimed" } });
    expect((await extend("ada", id)).status).toBe(200);
    expect((await read(id)).claimedBy?.id).toBe("key:ada");
    await desk.as.ada(`/reviews/${id}/decision`, { type: "reject", argsHash: (await read(id)).argsHash });
    expect(await extend("ada", id)).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
  });

  it("is not put off where the policy gives no more time, or there is none; on another rung it counts anew", async () => {
    const id = await held();
    await extend("ada", id);
    await pass(id);
    await expect.poll(async () => (await read(id)).tier).toBe("risk");
    expect((await contextOf(id)).instructions?.extension).toBeNull();
    expect(await extend("risk", id)).toMatchObject(refused('The policy gives "risk" no more time'));
    expect((await desk.at.runtime.reviews.find("default", id))?.extended).toBe(0);
    expect(await extend("risk", await held(5_000))).toMatchObject(refused("It has no deadline"));
  });

  it("is put off once by two who do so at once, and by none of them past its end", async () => {
    const id = await held();
    const both = await Promise.all([extend("ada", id), extend("ben", id)]);
    const done = both.filter(({ status }) => status === 200).length;
    expect(done).toBeGreaterThan(0);
    expect(await minutesLeft(id)).toBeCloseTo(30 + 60 * done, 0);
    for (let round = 0; round < 5; round += 1) {
      const next = await held();
      const [, late] = await Promise.all([pass(next), extend("ada", next)]);
      const { rows } = await desk.at.runtime.db.pool.query<{ kind: string }>(
        "select kind from holdpoint.review_events where review_id = $1 and kind = 'extended'",
        [next],
      );
      expect(rows).toHaveLength(late.status === 200 ? 1 : 0);
    }
  });

  it("goes on only in the hours of its tier, and not past them where nobody waits outside", () => {
    const deadline = (outside: string) =>
      loadPolicy(
        `calendars: { office: { zone: UTC, days: mon-fri, from: "09:00", to: "17:00" } }
tiers: { desk: { roles: [desk], respond: 1h, hours: office, outside: ${outside}, extend: { by: 2h, times: 1 } } }`,
        "policy.yaml",
      ).tiers[0]?.deadline ?? expect.fail("no deadline");
    const friday = new Date("2026-03-06T16:00:00Z");
    const until = (outside: string) => putOff(deadline(outside), friday, 2 * 3_600_000).toISOString();
    expect(until("wait")).toBe("2026-03-09T10:00:00.000Z");
    expect(until("then")).toBe("2026-03-06T17:00:00.000Z");
  });

  it.each([
    [
      "roles: [x], extend: { by: 1h, times: 1 }",
      "Without `respond` there is no deadline that could be put off",
    ],
    ["roles: [x], respond: 1h, extend: { by: 1h, times: 0 }", "nobody has more time"],
    ["roles: [x], respond: 1h, extend: { by: 1h, for: ever }", 'Unknown key "for". Known here: by, times.'],
  ])("that is written as %j is refused", (tier, why) => {
    expect(() => loadPolicy(`tiers: { a: { ${tier} } }`, "policy.yaml")).toThrow(why);
  });
});
