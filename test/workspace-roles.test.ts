// Each of those who have to do with a hold, at their own page: what they may not do is not offered, and refused when it is
// sent all the same.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { reviewSchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
tools: { pay: { amount: args.amount, currency: EUR }, mail: { draft: body } }
limits: [{ roles: [support], currency: EUR, up_to: 500 }, { roles: [risk], currency: EUR, up_to: unlimited }]
rules:
  - { id: eyes, when: "tool == 'pay' && args.amount == 2", tier: eyes }
  - { id: pair, when: "tool == 'pay' && args.amount == 3", tier: pair }
  - { id: turns, when: "tool == 'pay' && args.amount == 5", tier: turns }
  - { id: risky, when: "tool == 'pay' && args.amount in [4, 600]", tier: risk }
tiers:
  solo: { roles: [support], respond: 2h, extend: { by: 1h, times: 2 } }
  eyes: { roles: [support], four_eyes: true }
  pair: { roles: [support], quorum: 2 }
  turns: { roles: [support, risk], in_turn: true }
  risk: { roles: [risk], respond: 2h, extend: { by: 1h, times: 2 } }
default: { tier: solo }
`;

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  // Cid and the one who answers for risk are two accounts of one person.
  desk = await serveDesk(await testDatabase(), { policy, persons: { cid: "carl", risk: "carl" } });
}, 120_000);
afterAll(() => desk.at.stop());
// So that there are others which are alike.
beforeEach(async () => {
  for (const amount of [1, 2, 3, 4, 600, 900]) await desk.held(`pay ${randomUUID()} ${amount}`, "guest");
});
afterEach(() => desk.give("lead", ["lead"]));

const openAs = async (who: Who, id = ""): Promise<Page> => {
  const page = await visit(`${desk.at.url}/review/${id}`, {
    first: (own) => own.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
  });
  if (id !== "") await page.locator("#hold-title").waitFor();
  return page;
};
const held = async (amount: number, by: Who = "guest") => {
  const name = randomUUID();
  const { ids, threadId } = await desk.held(`pay ${name} ${amount}`, by);
  return { id: ids[0] ?? "", name, threadId };
};
const read = async (id: string) => reviewSchema.parse((await desk.as.risk(`/reviews/${id}`)).body);

const deciding = [
  "Approve",
  "Change",
  "Reject",
  "Answer instead",
  "Take it",
  "Decide those that are like it",
];
const handling = ["Hand on", "Ask the agent", "Take 1 h more"];
const ahead = "From now on, approve this kind";
const labels = [...deciding, ...handling, "Comment", ahead];
const offered = async (page: Page): Promise<string[]> => {
  const found = await Promise.all(
    labels.map((name) => page.getByRole("button", { name: new RegExp(`^${name}`) }).count()),
  );
  return labels.filter((_, index) => (found[index] ?? 0) > 0);
};
/** Once the page knows who is before it. */
const offers = async (page: Page, expected: readonly string[]): Promise<void> => {
  await expect.poll(() => offered(page)).toEqual(labels.filter((name) => expected.includes(name)));
};

/** What each button would send, sent without it. */
const senders: Record<string, (who: Who, id: string) => ReturnType<Desk["as"]["ada"]>> = {
  Approve: (who, id) => decide(who, id, { type: "approve" }),
  Change: async (who, id) => {
    const { args } = await read(id);
    return decide(who, id, { type: "edit", args: { ...args, amount: 1 } });
  },
  Reject: (who, id) => decide(who, id, { type: "reject", reason: "No." }),
  "Answer instead": (who, id) => decide(who, id, { type: "respond", message: "It was paid." }),
  "Take it": (who, id) => desk.as[who](`/reviews/${id}/claim`, {}),
  "Decide those that are like it": (who, id) => desk.as[who]("/batches", { reviewId: id }),
  "Hand on": (who, id) => desk.as[who](`/reviews/${id}/hand-on`, { to: { person: "key:mara" } }),
  "Ask the agent": (who, id) => desk.as[who](`/reviews/${id}/questions`, { text: "Why?" }),
  "Take 1 h more": (who, id) => desk.as[who](`/reviews/${id}/extend`, undefined, { method: "POST" }),
  [ahead]: async (who, id) => {
    const { tool, tier } = await read(id);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    return desk.as[who]("/standing-approvals", { tool, tier, maxCount: 1, until, reason: "All of them." });
  },
};
async function decide(who: Who, id: string, body: object) {
  return desk.as[who](`/reviews/${id}/decision`, { argsHash: (await read(id)).argsHash, ...body });
}
/** All of these are refused, and nothing of it has changed. */
const refused = async (who: Who, id: string, names: readonly string[], code = "decision_forbidden") => {
  const before = await read(id);
  for (const name of names)
    expect({ name, code: (await senders[name]?.(who, id))?.body["code"] }).toEqual({ name, code });
  expect(await read(id)).toEqual(before);
};

describe("where four eyes are wanted", () => {
  it("who asked may hand it on and ask about it, and neither decides nor takes it", async () => {
    const { id } = await held(2, "ada");
    const page = await openAs("ada", id);
    await page.getByText("You asked for this.").waitFor();
    await offers(page, ["Hand on", "Ask the agent", "Comment"]);
    await page.keyboard.press("a");
    expect(await page.getByRole("button", { name: /^Confirm|^Approve/ }).count()).toBe(0);
    expect(await barriersOn(page)).toEqual([]);
    await refused("ada", id, deciding);
  });

  it("a second account of who asked is who asked", async () => {
    const { id } = await held(2, "risk");
    const page = await openAs("cid", id);
    await page.getByText("You asked for this.").waitFor();
    await offers(page, ["Hand on", "Ask the agent", "Comment"]);
    await refused("cid", id, deciding);
    expect((await read(id)).status).toBe("open");
  });
});

it("who holds no role of its tier says something to it, and nothing else; nor do they write its words", async () => {
  const { id } = await held(1);
  const page = await openAs("lead", id);
  await page.getByText("You have no role for this.").waitFor();
  await offers(page, ["Comment"]);
  await refused("lead", id, [...deciding, ...handling, ahead]);

  const { ids } = await desk.held(`mail ${randomUUID()} Hello.`, "guest");
  const letter = ids[0] ?? "";
  const reading = await openAs("lead", letter);
  await reading.getByText("You have no role for this.").waitFor();
  const agentGoesOver = (at: Page) => at.getByRole("button", { name: /^Have the agent go over it/ });
  expect(await agentGoesOver(reading).count()).toBe(0);
  await agentGoesOver(await openAs("ada", letter)).waitFor();
  const [block] = (await read(letter)).draft?.blocks ?? [];
  const change = { type: "write", text: "Bye." };
  const on = { blockId: block?.id, revision: block?.revision, change };
  expect(await desk.as.lead(`/reviews/${letter}/draft/changes`, on)).toMatchObject({ status: 403 });
});

it("what is over one's limit is not released, and may be changed, refused or handed on", async () => {
  const { id, name: paid } = await held(900);
  const page = await openAs("ada", id);
  await page.getByText("This is over your limit.").waitFor();
  await offers(
    page,
    labels.filter((name) => name !== "Approve"),
  );
  await refused("ada", id, ["Approve"], "over_limit");
  expect(desk.effectsOf("pay", paid)).toBe(0);
});

it("who has voted has no second vote", async () => {
  const { id } = await held(3);
  expect(await decide("ada", id, { type: "approve" })).toMatchObject({
    status: 200,
    body: { status: "open" },
  });
  const page = await openAs("ada", id);
  await page.getByText("You have voted.").waitFor();
  await offers(page, ["Hand on", "Ask the agent", "Comment", ahead]);
  await refused("ada", id, deciding, "already_voted");
});

it("where roles decide in turn, who decides first says nothing for the calls to come", async () => {
  const { id } = await held(5);
  const page = await openAs("ada", id);
  await offers(
    page,
    labels.filter((name) => ![ahead, "Take 1 h more", "Answer instead"].includes(name)),
  );
  await refused("ada", id, [ahead], "request_invalid");
  expect((await read(id)).panel.turns).toEqual(["support", "risk"]);
});

it("a deputy does what the giver may, within both their limits, and gives nothing on", async () => {
  const { id } = await held(4);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const given = await desk.as.risk("/deputies", { to: "key:ben", until, roles: ["risk"] });
  const page = await openAs("ben", id);
  await page.getByText("You decide it for key:risk.").waitFor();
  await offers(
    page,
    labels.filter((name) => name !== ahead),
  );
  await refused("ben", id, [ahead]);
  const large = await held(600);
  await offers(
    await openAs("ben", large.id),
    labels.filter((name) => ![ahead, "Approve"].includes(name)),
  );
  await refused("ben", large.id, ["Approve"], "over_limit");
  expect(await desk.as.ben("/deputies", { to: "key:ada", until, roles: ["risk"] })).toMatchObject({
    status: 403,
  });

  await desk.as.risk(`/deputies/${String(given.body["id"])}`, undefined, { method: "DELETE" });
  await offers(await openAs("ben", id), ["Comment"]);
  await refused("ben", id, [...deciding, ...handling, ahead]);
});

it("an operator stops what they do not decide", async () => {
  desk.give("lead", ["operator"]);
  const { id } = await held(1);
  const page = await openAs("lead", id);
  await page.getByText("You have no role for this.").waitFor();
  await offers(page, ["Comment"]);
  await page.getByRole("button", { name: "Stop the tool pay" }).waitFor();
  await refused("lead", id, [...deciding, ...handling, ahead]);
  expect((await read(id)).status).toBe("open");
});

it("under a stop a plain reviewer decides as ever, and neither sets nor lifts one; it runs when it is lifted", async () => {
  desk.give("lead", ["operator"]);
  const { id, name, threadId } = await held(1);
  const stop = await desk.as.lead("/stops", { kind: "tool", name: "pay", why: "It pays twice." });
  const page = await openAs("ada", id);
  await page.getByRole("status", { name: "What is stopped" }).waitFor();
  await offers(page, labels);
  expect(await page.getByRole("button", { name: /^(Stop|Lift)/ }).count()).toBe(0);
  const lift = `/stops/${String(stop.body["id"])}/lift`;
  expect(await desk.as.ada(lift, { why: "Enough." })).toMatchObject({ status: 403 });
  expect(await desk.as.ada("/stops", { kind: "tool", name: "pay", why: "No." })).toMatchObject({
    status: 403,
  });

  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await read(id)).decision?.type).toBe("approve");
  expect(desk.effectsOf("pay", name)).toBe(0);
  expect(await desk.as.lead(lift, { why: "Put right." })).toMatchObject({ status: 200 });
  await desk.at.runtime.waitForThread("default", threadId);
  await expect.poll(() => desk.effectsOf("pay", name)).toBe(1);
});

it("who only chats finds nothing there, and an agent decides nothing whatever its roles", async () => {
  const { id } = await held(1);
  await (await openAs("guest")).getByText("Nothing here is for you").waitFor();
  await refused("bot", id, [...deciding, ...handling, ahead]);
  const page = await openAs("bot", id);
  await page.getByText("Agents decide nothing.").waitFor();
  await offers(page, ["Comment"]);
  expect(await page.getByRole("button", { name: /^Stop/ }).count()).toBe(0);
  for (const name of deciding.slice(0, 3)) expect((await senders[name]?.("guest", id))?.status).toBe(403);
});
