import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";

let agent: TestAgent;
beforeAll(async () => {
  agent = await startAgent(await testDatabase());
});
afterAll(() => agent.holdpoint.stop());

const openReview = async (threadId: string) => {
  const [review] = await agent.holdpoint.reviews({ threadId });
  if (!review) throw new Error(`Thread ${threadId} has no open review.`);
  return review;
};

describe("an action is proposed, held, decided and executed once", () => {
  it("a safe call runs at once", async () => {
    const id = randomUUID();
    const { status, messages } = await agent.holdpoint.send(id, `read ${id}`);
    expect(status).toBe("idle");
    expect(messages.at(-1)?.text).toBe(`Heard: read ${id} done`);
  });

  it("an irreversible call waits, and runs once on what was approved", async () => {
    const id = randomUUID();
    const held = await agent.holdpoint.send(id, `pay ${id} 5`);
    expect(held.status).toBe("interrupted");
    expect(agent.effects.ran.filter(({ args }) => args["id"] === id)).toEqual([]);

    const review = await openReview(id);
    expect(
      await agent.holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash }),
    ).toMatchObject({ ok: true });
    const done = await agent.holdpoint.wait(id);
    expect(done.messages.at(-1)?.text).toBe(`Heard: pay ${id} done`);
    expect(agent.effects.ran.filter(({ args }) => args["id"] === id)).toHaveLength(1);
  });
});
