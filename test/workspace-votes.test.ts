// Several people at one hold, each at their own page: who has agreed, what is missing, and what one may not do.
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewContextSchema } from "../src/http/contract.js";
import { testDatabase } from "./support/database.js";
import { barriersOn, visitor } from "./support/pages.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy = `
undo: 60s
tools: { pay: { amount: args.amount, currency: EUR } }
limits: [{ roles: [support], currency: EUR, up_to: 500 }, { roles: [risk, lead], currency: EUR, up_to: unlimited }]
rules:
  - { id: blind, when: "tool == 'pay' && args.amount == 4", tier: unseen }
  - { id: order, when: "tool == 'pay' && args.amount == 5", tier: in-order }
  - { id: big, when: "tool == 'pay' && args.amount > 500", tier: both }
tiers:
  pair: { roles: [support], quorum: 2 }
  unseen: { roles: [support], quorum: 2, of: 3, blind: true }
  in-order: { roles: [support, lead], in_turn: true }
  both: { roles: [support, risk] }
`;

const visit = visitor();
let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy });
}, 120_000);
afterAll(() => desk.at.stop());

const openAs = async (who: Who, id: string): Promise<Page> => {
  const page = await visit(`${desk.at.url}/review/${id}`, {
    first: (own) => own.request.post(`${desk.at.url}/session`, { data: { credential: desk.keys[who] } }),
  });
  await page.locator("#hold-title").waitFor();
  return page;
};
const held = async (amount: number, by: Who = "guest") => {
  const name = randomUUID();
  const [id = ""] = (await desk.held(`pay ${name} ${amount}`, by)).ids;
  return { id, name };
};
const approve = (page: Page) => page.getByRole("button", { name: /^Approve/ });
const mayDecide = async (who: Who, id: string) =>
  reviewContextSchema.parse((await desk.as[who](`/reviews/${id}/context`)).body).mayDecide;

describe("a hold that two decide", () => {
  it("is voted on by one, who sees what is missing and takes it back, and decided by another", async () => {
    const { id, name } = await held(1);
    const [ada, ben] = [await openAs("ada", id), await openAs("ben", id)];
    await ada.getByText("0 of 2 have approved.").waitFor();
    await ada.keyboard.press("a");
    await ada.keyboard.press("Enter");
    await ada.getByText("1 of 2 has approved.").waitFor();
    await ada.getByText("You have voted.").waitFor();
    await ben.getByText("key:ada approves").waitFor();
    expect(await approve(ada).count()).toBe(0);
    expect(await approve(ben).count()).toBe(1);
    expect([await barriersOn(ada), await barriersOn(ben)]).toEqual([[], []]);
    expect(await mayDecide("ada", id)).toMatchObject({ may: false, mayRelease: false, why: "voted" });

    await ada.getByRole("button", { name: /^Take your vote back/ }).waitFor();
    await ada.keyboard.press("u");
    await ben.getByText("0 of 2 have approved.").waitFor();
    await approve(ada).waitFor();
    await desk.as.cid(`/reviews/${id}/decision`, { type: "approve", argsHash: await hashOf(id) });
    await ben.getByText("key:cid approves").waitFor();
    await ben.keyboard.press("a");
    await ben.keyboard.press("Enter");
    await expect.poll(async () => (await desk.as.ben(`/reviews/${id}`)).body["status"]).toBe("decided");
    expect(desk.effectsOf("pay", name)).toBe(0);
  });

  it("is not offered to who asked for it, and says so", async () => {
    const { id } = await held(1, "ada");
    const ada = await openAs("ada", id);
    await ada.getByText("You asked for this.").waitFor();
    expect(await approve(ada).count()).toBe(0);
    expect(await ada.getByRole("button", { name: /^Reject/ }).count()).toBe(0);
    expect(await mayDecide("ada", id)).toMatchObject({ may: false, why: "asked" });
    expect(await mayDecide("ben", id)).toEqual({
      may: true,
      mayRelease: true,
      mayHandle: true,
      why: null,
      text: null,
      onBehalfOf: null,
    });
  });
});

it("a blind vote shows that somebody has voted, and not who", async () => {
  const { id } = await held(4);
  await desk.as.ada(`/reviews/${id}/decision`, { type: "approve", argsHash: await hashOf(id) });
  const ben = await openAs("ben", id);
  await ben.getByText("1 has voted; how, you see when you have. Your vote is final.").waitFor();
  expect(await ben.locator(".votes").innerText()).not.toContain("ada");
});

it("in turn, whose turn it is not is told whose it is", async () => {
  const { id } = await held(5);
  const lead = await openAs("lead", id);
  await lead.getByText("It is not your turn.").waitFor();
  await lead.getByText("It is the turn of support.").waitFor();
  expect(await approve(lead).count()).toBe(0);
  await desk.as.ada(`/reviews/${id}/decision`, { type: "approve", argsHash: await hashOf(id) });
  await approve(lead).waitFor();
});

it("what is over one's limit cannot be approved there, and still be refused", async () => {
  const { id } = await held(900);
  const ada = await openAs("ada", id);
  await ada.getByText("This is over your limit.").waitFor();
  expect(await approve(ada).count()).toBe(0);
  expect(await ada.getByRole("button", { name: /^Reject/ }).count()).toBe(1);
  expect(await mayDecide("ada", id)).toMatchObject({ may: true, mayRelease: false, why: "over_limit" });
});

it("a deputy is told for whom they decide", async () => {
  desk.give("cid", ["desk"]);
  const { id } = await held(1);
  expect(await mayDecide("cid", id)).toMatchObject({ may: false, why: "role" });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await desk.as.ada("/deputies", { to: "key:cid", until });
  expect(await mayDecide("cid", id)).toMatchObject({ may: true, onBehalfOf: "key:ada" });
  const cid = await openAs("cid", id);
  await cid.getByText("You decide it for key:ada.").waitFor();
  desk.give("cid", ["support"]);
});

async function hashOf(id: string): Promise<string> {
  return String((await desk.as.risk(`/reviews/${id}`)).body["argsHash"]);
}
