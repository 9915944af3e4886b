// What somebody said no to in a conversation is known when its agent goes on in it.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { ReviewList } from "../src/http/contract.js";
import { defineTool, scriptedModel } from "../src/index.js";
import { testDatabase } from "./support/database.js";
import { say } from "./support/http.js";
import { serveDesk, type Desk } from "./support/people.js";

const order = z.object({ order_id: z.string() });

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), {
    policy: `
      rules: [{ id: no-tests, when: "tool == 'refund' && args.order_id == 'test'", verdict: deny, reason: "Not those." }]
      tiers: { support: { roles: [support] } }`,
    tools: [
      defineTool({
        name: "tag_order",
        description: "Tags an order.",
        args: order,
        reversibility: "reversible",
        run: ({ order_id }) => `${order_id} is tagged.`,
      }),
      defineTool({
        name: "post_note",
        description: "Posts a note.",
        args: z.object({ order_id: z.string() }),
        draft: "order_id",
        reversibility: "irreversible",
        effect: "blind",
        run: () => "Posted.",
      }),
      defineTool({
        name: "refund",
        description: "Gives money back.",
        args: order,
        reversibility: "irreversible",
        effect: "blind",
        run: ({ order_id }) => `${order_id} is paid back.`,
      }),
    ],
    model: scriptedModel("obeying", (messages) => {
      const last = messages.at(-1);
      if (last?.getType() !== "human") return { text: "Done." };
      const [tool = "", order_id = ""] = last.text.split(" ");
      return { text: "On it.", calls: [{ tool, args: order_id === "" ? {} : { order_id } }] };
    }),
  });
});
afterAll(() => desk.at.stop());

/** What opens of it for people. */
async function said(threadId: string, words: string): Promise<ReviewList["items"]> {
  await desk.as.ada(`/threads/${threadId}/runs/wait`, {
    assistant_id: "support",
    if_not_exists: "create",
    ...say(words),
  });
  const { body } = await desk.as.ada(`/reviews?thread_id=${threadId}&status=open`);
  return (body as unknown as ReviewList).items;
}

async function decided(threadId: string, words: string, decision: Record<string, unknown>): Promise<void> {
  const [review] = await said(threadId, words);
  const { id = "", argsHash } = review ?? {};
  const { status } = await desk.as.ada(`/reviews/${id}/decision`, { argsHash, ...decision });
  expect(status).toBe(200);
  await desk.at.runtime.waitForThread("default", threadId);
}

const rules = (reviews: ReviewList["items"]) =>
  reviews.flatMap(({ level, reasons }) => [level, ...reasons.map(({ rule }) => rule)]);

describe("a call after one that was not let through", () => {
  it("waits for a person until one was approved as it was, and says what came of the other", async () => {
    const threadId = randomUUID();
    expect(await said(threadId, "tag_order A1")).toEqual([]);
    await decided(threadId, "refund A1", { type: "reject", reason: "Not this one." });
    const [review] = await said(threadId, "tag_order A2");
    expect(review).toMatchObject({
      level: "medium",
      reasons: [
        {
          rule: "after-refusal",
          text: "The last call of this conversation that was judged, one of refund, was not let through as it was: a person rejected it.",
        },
      ],
    });
    expect(await said(randomUUID(), "tag_order A2")).toEqual([]);
    await desk.as.ada(`/reviews/${review?.id}/decision`, { type: "approve", argsHash: review?.argsHash });
    await desk.at.runtime.waitForThread("default", threadId);
    expect(await said(threadId, "tag_order A3")).toEqual([]);
  });

  it.each([
    ["refused by the policy", "refund test", null, "the policy refused it"],
    ["changed", "refund B1", { type: "edit", args: { order_id: "B2" } }, "a person changed it"],
    ["answered", "refund B1", { type: "respond", message: "It is paid." }, "a person answered in its place"],
  ] as const)("waits where the other was %s", async (_, words, decision, cameOf) => {
    const threadId = randomUUID();
    if (decision === null) expect(await said(threadId, words)).toEqual([]);
    else await decided(threadId, words, decision);
    const [review] = await said(threadId, "tag_order B1");
    expect(review?.reasons.map(({ text }) => text)).toEqual([expect.stringContaining(cameOf)]);
  });

  it("runs where the other could not have been run at all", async () => {
    const threadId = randomUUID();
    expect(await said(threadId, "refund")).toEqual([]);
    expect(await said(threadId, "no_such_tool C1")).toEqual([]);
    expect(await said(threadId, "tag_order C1")).toEqual([]);
  });

  it("runs where a person finished the words of the other, and waits where they were rejected", async () => {
    const threadId = randomUUID();
    const [note] = await said(threadId, "post_note Hello");
    const [block] = note?.draft?.blocks ?? [];
    await desk.as.ada(`/reviews/${note?.id}/draft/changes`, {
      blockId: block?.id,
      revision: block?.revision,
      change: { type: "write", text: "Hello, Kim." },
    });
    const { body } = await desk.as.ada(`/reviews/${note?.id}`);
    const approved = { type: "approve", argsHash: body["argsHash"] };
    expect((await desk.as.ada(`/reviews/${note?.id}/decision`, approved)).status).toBe(200);
    await desk.at.runtime.waitForThread("default", threadId);
    expect(await said(threadId, "tag_order E1")).toEqual([]);
    await decided(threadId, "post_note Hello", { type: "reject", reason: "Say nothing." });
    expect(rules(await said(threadId, "tag_order E2"))).toEqual(["medium", "after-refusal"]);
  });

  it("tells it of what waits anyway", async () => {
    const threadId = randomUUID();
    expect(await said(threadId, "refund test")).toEqual([]);
    expect(rules(await said(threadId, "refund D1"))).toEqual(["high", "irreversible", "after-refusal"]);
  });
});
