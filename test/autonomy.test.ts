// Calls earn it to run without a person, by what people decided of calls like them; and lose it.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createHoldpoint,
  defineTool,
  scriptedModel,
  type Holdpoint,
  type Review,
  type Script,
} from "../src/index.js";
import type { DecidedCall } from "../src/learning/strata.js";
import type { AutonomyAdvice } from "../src/http/contract.js";
import { neededFor } from "../src/policies/certify.js";
import { readAutonomy } from "../src/storage/autonomy-rows.js";
import { openDatabase } from "../src/storage/database.js";
import { createStrataStore } from "../src/storage/stratum-rows.js";
import { testDatabase } from "./support/database.js";
import { tagging, taggingTools } from "./support/tagging.js";
import { request, say, serve } from "./support/http.js";

const target = { maxError: 0.3, confidence: 0.75 };
const needed = neededFor(target);
const routing = `routing: { maxError: 0.3, confidence: 0.75, sample: 0.01, signals: { similarity: 1 } }\n`;
const tiers = "tiers: { team: { roles: [support] } }\n";

const { ran, tools } = taggingTools();

let database: string;
let running: Holdpoint[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
});

async function agent(
  name: string,
  more: { instructions?: string; policy?: string } = {},
): Promise<Holdpoint> {
  const { policy = routing + tiers, ...rest } = more;
  const model = scriptedModel("tagger", tagging);
  const started = await createHoldpoint({ name, model, tools, policy, database: { url: database }, ...rest });
  running.push(started);
  return started;
}

/** Has a ticket tagged in a conversation of its own; one that is shown by chance is left as it is, and another one begun. */
async function tag(
  holdpoint: Holdpoint,
  what = "T-1 late",
): Promise<{ threadId: string; review: Review | undefined }> {
  const threadId = randomUUID();
  await holdpoint.send(threadId, `tag ${what}`);
  const [review] = await holdpoint.reviews({ threadId });
  if (review?.reasons[0]?.rule === "sampled") return tag(holdpoint, what);
  return { threadId, review };
}

async function decide(holdpoint: Holdpoint, type: "approve" | "reject"): Promise<void> {
  const { threadId, review } = await tag(holdpoint);
  if (!review) throw new Error("It did not wait.");
  await holdpoint.decide(review.id, { type, argsHash: review.argsHash, reason: "So it is." });
  await holdpoint.wait(threadId);
}

/** Approves until one runs by itself, and tells how many that took. */
async function earn(holdpoint: Holdpoint): Promise<number> {
  for (let approved = 0; approved < needed + 3; approved += 1) {
    const { threadId, review } = await tag(holdpoint);
    if (!review) return approved;
    expect(review.reasons.map(({ rule }) => rule)).toEqual(["not-certified"]);
    await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
    await holdpoint.wait(threadId);
  }
  throw new Error("It never ran by itself.");
}

/** By kind, what is known to have been decided of an agent's calls. */
async function decidedOf(name: string): Promise<DecidedCall[][]> {
  const db = openDatabase({ url: database, roles: true, maxConnections: 2 });
  try {
    const kinds = await readAutonomy(db, "default", new Date(0));
    const own = kinds.filter(({ stratum }) => stratum.agent === name);
    return await Promise.all(
      own.map(({ stratum }) => createStrataStore(db).decided("default", stratum.id, null)),
    );
  } finally {
    await db.close();
  }
}

describe("a kind of call", () => {
  it("waits until enough conversations were right, and then runs by itself, with its reason on record", async () => {
    const holdpoint = await agent("earning");
    expect(await earn(holdpoint)).toBeGreaterThanOrEqual(needed);
    const before = ran.length;
    const { threadId, review } = await tag(holdpoint);
    expect(review).toBeUndefined();
    expect(ran.length).toBe(before + 1);
    expect(await holdpoint.executions({ threadId })).toMatchObject([{ state: "succeeded", reviewId: null }]);
  });

  it("is told by how far it is from there", async () => {
    const holdpoint = await agent("counting");
    await decide(holdpoint, "approve");
    const { review } = await tag(holdpoint);
    expect(review?.reasons[0]?.text).toContain(`1 of at least ${needed} conversations`);
  });

  it("does not earn it where people changed or refused what it proposed", async () => {
    const holdpoint = await agent("failing");
    for (let at = 0; at < needed + 3; at += 1) await decide(holdpoint, at % 2 === 0 ? "reject" : "approve");
    expect((await tag(holdpoint)).review?.reasons[0]?.rule).toBe("not-certified");
  });

  it("waits below the certified score, and says what it lacks", async () => {
    const holdpoint = await agent("unlike");
    await earn(holdpoint);
    const { review } = await tag(holdpoint, "T-2 other");
    expect(review?.reasons[0]?.rule).toBe("unsure");
    expect(review?.reasons[0]?.text).toContain("similarity");
  });

  it("counts what people changed as wrong, and what may still be taken back not at all", async () => {
    const holdpoint = await agent("changing", { policy: `undo: 60s\n${routing}${tiers}` });
    const { threadId, review } = await tag(holdpoint);
    if (!review) throw new Error("It did not wait.");
    const args = { ticket: "T-1", tag: "lost" };
    await holdpoint.decide(review.id, { type: "edit", args, argsHash: review.argsHash });
    await holdpoint.wait(threadId);
    const other = await tag(holdpoint);
    if (!other.review) throw new Error("It did not wait.");
    const { argsHash } = other.review;
    await holdpoint.decide(other.review.id, { type: "approve", argsHash, undo: true });
    const [kind] = await decidedOf("changing");
    expect(kind).toMatchObject([{ isWrong: true, lookedAt: 1, leastLookedAt: 1 }]);
  });

  it("is told over HTTP, with the decisions behind it, also before the next call asks", async () => {
    const at = await serve(database, {
      model: scriptedModel("tagger", tagging),
      tools,
      policy: routing + tiers,
    });
    try {
      const graphId = [...at.runtime.agents.keys()][0] ?? "";
      for (let made = 0; made < 2; made += 1) {
        const { thread_id: threadId } = await at.client.threads.create();
        await at.client.runs.wait(threadId, graphId, say("tag T-1 late"));
        const [review] = (await at.runtime.reviews.list("default", { threadId, limit: 1 })).items;
        const decision = {
          type: made === 0 ? "approve" : "reject",
          reason: "So it is.",
          argsHash: review?.argsHash,
        };
        await request(`${at.url}/reviews/${review?.id}/decision`, { method: "POST", body: decision });
      }
      const { body } = await request(`${at.url}/autonomy`);
      const kinds = body["items"] as { agent: string; id: string }[];
      const kind = kinds.find(({ agent }) => agent === graphId);
      expect(kind).toMatchObject({
        tool: "tag_ticket",
        model: "tagger",
        isCurrent: true,
        ...target,
        earned: { kind: "none", conversations: 2, needed, withdrawnAt: null },
        calls: { ran: 0, shown: 2, refused: 0, decided: 2, wrong: 1 },
      });
      const cases = await request(`${at.url}/autonomy/${kind?.id}/cases`);
      expect(cases.body["items"]).toMatchObject([{ isWrong: false, lookedAt: 1 }, { isWrong: true }]);
      expect((await request(`${at.url}/autonomy/nothing/cases`)).status).toBe(404);
      const replayed = await request(`${at.url}/policies/replay`, { method: "POST", body: {} });
      const { figures } = replayed.body as { figures: { calls: number; identical: number } };
      expect(figures.calls).toBe(2);
      expect(figures.identical).toBe(2);
      const explained = await request(`${at.url}/policies/explain`, {
        method: "POST",
        body: { tool: "tag_ticket", args: { ticket: "T-1", tag: "late" } },
      });
      expect(explained.body["judgement"]).toMatchObject({
        route: "review",
        reasons: [{ rule: "not-certified" }],
      });
    } finally {
      await at.stop();
    }
  });

  it("is advised on over HTTP: what the promise means, what others would, and which to ask for; and nothing changes", async () => {
    const compensable = defineTool({
      name: "book_seat",
      description: "Books a seat.",
      args: z.object({ ticket: z.string(), tag: z.string() }),
      reversibility: "compensable",
      run: () => "booked",
    });
    const undecided: Script = (messages) =>
      messages.some((message) => isToolMessage(message))
        ? { text: "Done." }
        : { text: "On it.", calls: [{ tool: "book_seat", args: { ticket: "T-1", tag: "late" } }] };
    const name = "advised";
    const model = scriptedModel("tagger", (messages) =>
      messages.some((message) => isHumanMessage(message) && message.text.startsWith("book"))
        ? undecided(messages)
        : tagging(messages),
    );
    const own = { name, model, tools: [...tools, compensable] };
    const holdpoint = await createHoldpoint({ ...own, policy: routing + tiers, database: { url: database } });
    running.push(holdpoint);
    const approved = await earn(holdpoint);
    await holdpoint.send(randomUUID(), "book it");
    const at = await serve(database, { ...own, policy: routing + tiers });
    const adviceOn = async (tool: string) => {
      const { body } = await request(`${at.url}/autonomy`);
      const kinds = body["items"] as { agent: string; id: string; tool: string }[];
      const kind = kinds.find((one) => one.agent === name && one.tool === tool);
      return (await request(`${at.url}/autonomy/${kind?.id}/advice`)).body;
    };
    try {
      const advice = await adviceOn("tag_ticket");
      expect(advice).toMatchObject({
        kind: "advised",
        labels: approved,
        conversations: approved,
        inForce: { ...target, needed, missing: 0, missed: { share: 0, conversations: approved } },
      });
      const { inForce, others, proposal } = advice as Extract<AutonomyAdvice, { kind: "advised" }>;
      expect(inForce.threshold).toBeGreaterThan(0);
      const stricter = others.find(({ maxError }) => maxError === 0.01);
      expect(stricter?.threshold).toBeNull();
      expect(stricter?.missing).toBeGreaterThanOrEqual((stricter?.needed ?? 0) - approved);
      // One call in a hundred is shown by chance, and the policy wants one in twenty seen.
      expect(proposal.kind).toBe(inForce.review.share < 0.05 ? "sample" : "keep");
      expect(await adviceOn("book_seat")).toEqual({ kind: "undecided", needed });
      expect((await request(`${at.url}/autonomy/nothing/advice`)).status).toBe(404);
      const gated = `tools: { tag_ticket: { reversibility: irreversible } }\n${routing}${tiers}`;
      await at.runtime.changes.reload(gated);
      expect(await adviceOn("tag_ticket")).toEqual({ kind: "gated" });
      await at.runtime.changes.reload(tiers);
      expect(await adviceOn("tag_ticket")).toEqual({ kind: "unrouted" });
    } finally {
      await at.stop();
    }
  });

  it("begins anew with another prompt", async () => {
    await earn(await agent("prompted", { instructions: "Be kind." }));
    const other = await agent("prompted", { instructions: "Be quick." });
    expect((await tag(other)).review?.reasons[0]?.text).toContain("0 of at least");
  });

  it("runs by itself in another process as soon as it has earned it", async () => {
    const here = await agent("shared");
    const there = await agent("shared");
    await earn(here);
    expect((await tag(there)).review).toBeUndefined();
  });

  it("is certified anew where the policy asks for more", async () => {
    const approved = await earn(await agent("stricter"));
    const policy = routing.replace("0.3", "0.01") + tiers;
    const stricter = await agent("stricter", { policy });
    expect((await tag(stricter)).review?.reasons[0]?.text).toContain(`${approved} of at least`);
  });
});
