// What a machine's "confident" is worth, counted over what people made of it.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { reliabilityReportSchema } from "../src/http/contract.js";
import { defineTool, scriptedModel, type Script } from "../src/index.js";
import { reliabilityCounter, type ReleasedDraft } from "../src/metrics/reliability.js";
import { wilson } from "../src/policies/wilson.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

describe("Wilson's interval", () => {
  // As R has them: binom::binom.confint(x, n, methods = "wilson").
  it.each([
    [0, 10, 0, 0.2775],
    [1, 10, 0.0179, 0.4042],
    [5, 10, 0.2366, 0.7634],
    [3, 100, 0.0103, 0.0845],
    [10, 10, 0.7225, 1],
  ])("of %i in %i is from %d to %d", (hits, of, low, high) => {
    const interval = wilson(hits, of);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  it("lies within 0 and 1, around the share, and there is none without a trial", () => {
    expect(wilson(0, 0)).toBeNull();
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (hits, misses) => {
        fc.pre(hits + misses > 0);
        const { low, high } = wilson(hits, hits + misses) ?? { low: NaN, high: NaN };
        const share = hits / (hits + misses);
        expect(low >= 0 && low <= share && share <= high && high <= 1).toBe(true);
      }),
    );
  });
});

describe("of a history that is known", () => {
  const draft = (of: Partial<ReleasedDraft>): ReleasedDraft => ({
    tool: "send",
    agent: "desk",
    model: "m1",
    blocks: [],
    text: "",
    sent: "",
    ...of,
  });
  const sure = (text: string, original = text) => ({ kind: "confident" as const, text, original });

  it("counts confident blocks that went out in other words, or not at all, by tool, agent and model", () => {
    const counter = reliabilityCounter();
    const unsure = { kind: "uncertain" as const, text: "b", original: "a" };
    for (const one of [
      draft({ blocks: [sure("a"), sure("b", "a"), unsure] }),
      draft({ blocks: [sure("a"), sure("", "a")], model: "m2" }),
      draft({ blocks: [sure("a")], tool: "post", agent: "press" }),
      draft({ blocks: [unsure], tool: "note" }),
    ])
      counter.add(one);
    const { total, byTool, byAgent, byModel } = counter.report();
    expect(total).toMatchObject({ drafts: 4, confident: 5, changed: 2, share: 0.4 });
    expect(byTool).toMatchObject({
      send: { drafts: 2, confident: 4, changed: 2, share: 0.5 },
      post: { drafts: 1, confident: 1, changed: 0, share: 0 },
      note: { drafts: 1, confident: 0, changed: 0, share: null, interval: null },
    });
    expect(byAgent).toMatchObject({ desk: { confident: 4 }, press: { confident: 1 } });
    expect(byModel).toMatchObject({ m1: { confident: 3, changed: 1 }, m2: { confident: 2, changed: 1 } });
  });

  it("a whole that was written anew leaves those blocks as they were whose words still stand in it", () => {
    const counter = reliabilityCounter();
    counter.add(
      draft({
        blocks: [sure("Hello,"), sure("it comes.")],
        text: "Hello, it comes.",
        sent: "Hello, it is late.",
      }),
    );
    expect(counter.report().total).toMatchObject({ confident: 2, changed: 1 });
  });
});

describe("on record", () => {
  const blocks = ["Hello,", "thank you."].map((text) => ({
    kind: "confident",
    text,
    note: null,
    joint: "space",
  }));
  const script: Script = (messages, schema) => {
    if (schema === "draft_blocks") return { text: JSON.stringify({ blocks }) };
    const last = messages.at(-1);
    if (last && isToolMessage(last)) return { text: "Done." };
    const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
    return { calls: [{ tool: asked, args: { body: "Hello, thank you." } }] };
  };
  const tools = ["send_letter", "post_card"].map((name) =>
    defineTool({
      name,
      description: "Sends it.",
      args: z.object({ body: z.string() }),
      draft: "body",
      run: () => "sent",
    }),
  );
  let at: Served;
  beforeAll(async () => {
    at = await serve(await testDatabase(), {
      tools,
      model: scriptedModel("gpt-9", script),
      policy: "undo: 1m",
    });
  });
  afterAll(() => at.stop());

  const held = async (tool: string): Promise<string> => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(tool));
    const { items } = await at.runtime.reviews.list("default", { threadId, limit: 1 });
    return items[0]?.id ?? "";
  };
  const change = (id: string, blockId: string, revision: number, what: object) =>
    request(`${at.url}/reviews/${id}/draft/changes`, { body: { blockId, revision, change: what } });
  const decide = async (id: string, answer: object) => {
    const { body } = await request(`${at.url}/reviews/${id}`);
    const decided = await request(`${at.url}/reviews/${id}/decision`, {
      body: { argsHash: body["argsHash"], ...answer },
    });
    expect(decided.status).toBe(200);
  };

  it("only what was released counts, as it went out", async () => {
    const begin = new Date().toISOString();
    const asItStood = await held("send_letter");
    await decide(asItStood, { type: "approve" });

    const changed = await held("send_letter");
    await change(changed, "b1", 0, { type: "write", text: "Good day," });
    await decide(changed, { type: "approve" });

    const putBack = await held("post_card");
    await change(putBack, "b1", 0, { type: "write", text: "Good day," });
    await change(putBack, "b1", 1, { type: "restore" });
    await decide(putBack, { type: "approve" });

    const anew = await held("post_card");
    await decide(anew, { type: "edit", args: { body: "Good day, thank you." } });

    for (const tool of ["send_letter", "post_card"]) {
      const rejected = await held(tool);
      await change(rejected, "b1", 0, { type: "remove" });
      await decide(rejected, { type: "reject", reason: "No." });
      const open = await held(tool);
      await change(open, "b1", 0, { type: "remove" });
    }
    const takenBack = await held("send_letter");
    await change(takenBack, "b1", 0, { type: "remove" });
    await decide(takenBack, { type: "approve", undo: true });
    await request(`${at.url}/reviews/${takenBack}/decision`, { method: "DELETE" });

    const { body } = await request(`${at.url}/drafts/reliability?since=${encodeURIComponent(begin)}`);
    const report = reliabilityReportSchema.parse(body);
    expect(report).toMatchObject({
      since: begin,
      total: { drafts: 4, confident: 8, changed: 2, share: 0.25 },
      byTool: {
        send_letter: { drafts: 2, confident: 4, changed: 1 },
        post_card: { drafts: 2, confident: 4, changed: 1 },
      },
      byAgent: { support: { confident: 8, changed: 2 } },
      byModel: { "gpt-9": { confident: 8, changed: 2 } },
    });
    expect(report.total.interval?.low).toBeCloseTo(0.0715, 3);
    expect(report.total.interval?.high).toBeCloseTo(0.5907, 3);
    const after = new Date(Date.now() + 60_000).toISOString();
    const none = await request(`${at.url}/drafts/reliability?since=${encodeURIComponent(after)}`);
    expect(none.body).toMatchObject({ total: { drafts: 0, share: null, interval: null }, byTool: {} });
  });
});
