// Words for people, written together: proposed, put into blocks, finished block by block, released, and sent as shown.
import { AIMessage, isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel, type Model, type Script } from "../src/index.js";
import { hashJson, type JsonObject } from "../src/kernel/json.js";
import { createDraftStore } from "../src/storage/draft-rows.js";
import { testDatabase } from "./support/database.js";
import { newGate, request, say, serve, type Served } from "./support/http.js";

const sent: { args: JsonObject; key: string }[] = [];
const letter = z.object({ to: z.string(), body: z.string().max(5_000) });
const tools = [
  defineTool({
    name: "send_letter",
    description: "Sends a letter.",
    args: letter,
    draft: "body",
    title: ({ to }) => `Letter to ${to}`,
    run: (args, { idempotencyKey }) => {
      sent.push({ args, key: idempotencyKey });
      return `Sent ${args.body.length} characters.`;
    },
  }),
  defineTool({
    name: "post_note",
    description: "Posts a note. It can be taken down again.",
    args: z.object({ text: z.string() }),
    reversibility: "reversible",
    run: () => "posted",
  }),
  defineTool({
    name: "shout",
    description: "Says it in capitals.",
    args: z.object({ words: z.string().toUpperCase() }),
    draft: "words",
    run: () => expect.fail("Nobody released it."),
  }),
  defineTool({
    name: "look_up",
    description: "Looks something up.",
    args: z.object({ id: z.string() }),
    annotations: { readOnlyHint: true },
    run: ({ id }) => ({ id, owner: "Mara Lindqvist", due: "2026-03-14" }),
  }),
];

/** What the model is asked for blocks with, and what it answers then; set by each test. */
let asBlocks: (asked: string) => unknown = () => ({ blocks: [] });
let asProposals: (asked: string) => unknown = () => ({ proposals: [] });
/** What happens while the model is asked for other words. */
let meanwhile: () => Promise<unknown> = async () => undefined;

const script: Script = (messages, answerSchema) => {
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  if (answerSchema === "draft_blocks") return { text: JSON.stringify(asBlocks(asked)) };
  if (answerSchema === "draft_proposals") return { text: JSON.stringify(asProposals(asked)) };
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  if (messages.slice(begin + 1).some((message) => isToolMessage(message)))
    return { text: messages.at(-1)?.text ?? "" };
  return { text: "On it.", calls: JSON.parse(asked) as { tool: string; args: JsonObject }[] };
};

const scripted = scriptedModel("writer", script);
const writer: Model = {
  ...scripted,
  async invoke(given) {
    if (given.answerSchema?.name === "draft_proposals") await meanwhile();
    return scripted.invoke(given);
  },
};

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase(), {
    tools,
    model: writer,
    policy: `
tools:
  post_note: { draft: text }
rules:
  - { id: big-words, when: "tool == 'send_letter' && args.body.contains('guarantee')", tier: lead }
  - { id: never, when: "tool == 'send_letter' && args.body.contains('lawsuit')", verdict: deny, reason: "Not in letters." }
tiers:
  desk: { roles: [desk] }
  lead: { roles: [lead] }
`,
  });
}, 120_000);
afterAll(() => at.stop());

const threeKinds = () => ({
  blocks: [
    { kind: "confident", text: "Hello,", note: null, alternatives: [], sources: [], joint: "paragraph" },
    {
      kind: "uncertain",
      text: "it comes soon.",
      note: "A guess.",
      alternatives: ["it is late."],
      sources: [],
      joint: "paragraph",
    },
    { kind: "placeholder", text: "", note: "who signs", alternatives: [], sources: [], joint: "nothing" },
  ],
});

interface Wire extends Record<string, unknown> {
  id: string;
  args: JsonObject;
  argsHash: string;
  draft?: {
    blocks: {
      id: string;
      kind: string;
      text: string;
      revision: number;
      isOpen: boolean;
      note: string | null;
    }[];
    proposals: { id: string; blockId: string; text: string }[];
    completeness: number;
    isWriting: boolean;
  };
}

async function held(
  args: JsonObject = { to: randomUUID(), body: "Hello,\n\nit comes soon." },
  tool = "send_letter",
): Promise<Wire> {
  const { thread_id: threadId } = await at.client.threads.create();
  await at.client.runs.wait(threadId, "support", say(JSON.stringify([{ tool, args }])));
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  const [review] = body["items"] as Wire[];
  if (!review) throw new Error("Nothing is held.");
  return review;
}
const read = async (id: string): Promise<Wire> => (await request(`${at.url}/reviews/${id}`)).body as Wire;
const change = (id: string, blockId: string, revision: number, what: object) =>
  request(`${at.url}/reviews/${id}/draft/changes`, { body: { blockId, revision, change: what } });
const decide = (id: string, body: object) => request(`${at.url}/reviews/${id}/decision`, { body });

async function finished(id: string): Promise<Wire> {
  await change(id, "b2", 0, { type: "accept" });
  return (await change(id, "b3", 0, { type: "write", text: "Mara" })).body as Wire;
}

describe("a call that carries words for people", () => {
  it("waits with its words in blocks, which are its arguments", async () => {
    asBlocks = threeKinds;
    const review = await held();
    expect(review.draft?.blocks.map(({ kind, isOpen }) => [kind, isOpen])).toEqual([
      ["confident", false],
      ["uncertain", true],
      ["placeholder", true],
    ]);
    expect(review.draft).toMatchObject({ isWriting: false, completeness: 1 / 3 });
    expect(review.args["body"]).toBe("Hello,\n\nit comes soon.\n\n[who signs]");
    expect(review.argsHash).toBe(hashJson(review.args));
    expect(review).toMatchObject({ level: "high", kind: "review" });
  });

  it("waits although it could be taken back, where its words are written together", async () => {
    asBlocks = threeKinds;
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(
      threadId,
      "support",
      say(JSON.stringify([{ tool: "post_note", args: { text: "Called back." } }])),
    );
    const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
    expect(body["items"]).toMatchObject([{ tool: "post_note", reasons: [{ rule: "draft" }], draft: {} }]);
  });

  it("is told what its agent may rest on: what the user wrote, and what tools answered by our own rows", async () => {
    let heard = "";
    asBlocks = (asked) => {
      heard = asked;
      return {
        blocks: ["Dear Mara Lindqvist,", "It is due on 14 March 2026.", "Jonas signs."].map((text) => ({
          kind: "confident",
          text,
          note: null,
          alternatives: [],
          sources: [{ from: "look_up", quote: "Mara Lindqvist" }],
          joint: "space",
        })),
      };
    };
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(
      threadId,
      "support",
      say(JSON.stringify([{ tool: "look_up", args: { id: "7" } }])),
    );
    await at.client.runs.wait(
      threadId,
      "support",
      say(JSON.stringify([{ tool: "send_letter", args: { to: "x", body: "Dear Mara" } }])),
    );
    const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
    const [review] = body["items"] as Wire[];
    expect(heard).toContain('"owner":"Mara Lindqvist"');
    expect(review?.draft?.blocks.map(({ kind }) => kind)).toEqual(["confident", "confident", "uncertain"]);
    expect(review?.draft?.blocks[2]?.note).toContain("Jonas");
  });

  it.each([
    ["has no blocks to offer", () => "no"],
    [
      "has no answer at all",
      () => {
        throw new Error("The provider is away.");
      },
    ],
    [
      "offers words that its tool does not take",
      () => ({ blocks: [{ kind: "confident", text: "x".repeat(6_000), note: null }] }),
    ],
    [
      "offers words that the policy forbids",
      () => ({ blocks: [{ kind: "confident", text: "See you at the lawsuit.", note: null }] }),
    ],
  ])("waits with the words it proposed, all uncertain, where its model %s", async (_, answer) => {
    asBlocks = answer;
    const review = await held({ to: "x", body: "As it was proposed." });
    expect(review.args["body"]).toBe("As it was proposed.");
    expect(review.draft).toMatchObject({
      isWriting: false,
      completeness: 0,
      blocks: [{ kind: "uncertain", text: "As it was proposed.", isOpen: true }],
    });
  });
});

describe("a draft in which something is open", () => {
  it("is not released: not over HTTP, not by the library, not through a chat", async () => {
    asBlocks = threeKinds;
    const { id, argsHash, args, threadId } = await held();
    const open = { code: "draft_incomplete", open: ["b2", "b3"] };
    expect(await decide(id, { type: "approve", argsHash })).toMatchObject({ status: 422, body: open });
    expect(await decide(id, { type: "edit", argsHash, args: { ...args, body: "All mine." } })).toMatchObject({
      status: 422,
      body: open,
    });
    const [local] = await at.runtime.reviews.findMany("default", [id]);
    const result = await at.runtime.decide(
      { id: "mara", kind: "person", roles: ["*"], tenant: "default" },
      id,
      { type: "approve", argsHash: local?.argsHash ?? "" },
    );
    expect(result).toMatchObject({ ok: false, error: { code: "draft_incomplete" } });
    await expect(
      at.client.runs.wait(String(threadId), "support", { command: { resume: { type: "approve" } } }),
    ).rejects.toThrow(/draft_incomplete|still open/);
    expect((await read(id))["status"]).toBe("open");
  });

  it("is not released by the statement that decides, whoever passed the checks before it", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    const done = await finished(id);
    const review = await at.runtime.reviews.find("default", id);
    // Between the look and the statement somebody opens a block again.
    await change(id, "b2", 1, { type: "restore" });
    const after = await at.runtime.reviews.decide("default", {
      id: randomUUID(),
      reviewId: id,
      type: "approve",
      args: done.args,
      argsHash: done.argsHash,
      seenHash: (await read(id)).argsHash,
      version: (review?.version ?? 0) + 1,
      reason: null,
      message: null,
      answers: [],
      rewritten: null,
      undoMs: null,
      decidedBy: { id: "mara", kind: "person", roles: [], tenant: "default" },
      idempotencyKey: null,
    });
    expect(after).toBeNull();
  });

  it("is called so where its chat can see it", async () => {
    asBlocks = threeKinds;
    const { threadId } = await held();
    const thread = await at.client.threads.get(String(threadId));
    expect(Object.values(thread.interrupts)[0]).toMatchObject([{ value: { holdpoint: { hasDraft: true } } }]);
  });

  it("may be rejected, and its agent is told", async () => {
    asBlocks = threeKinds;
    const { id, argsHash, threadId } = await held();
    expect((await decide(id, { type: "reject", argsHash, reason: "No letters." })).status).toBe(200);
    await at.runtime.waitForThread("default", String(threadId));
    const state = await at.client.threads.getState(String(threadId));
    expect(JSON.stringify(state.values)).toContain("No letters.");
  });
});

describe("a finished draft", () => {
  it("is sent exactly as it was shown, under the hash that was shown, once", async () => {
    asBlocks = threeKinds;
    const { id, threadId } = await held();
    const shown = await finished(id);
    expect(shown.draft?.completeness).toBe(1);
    expect(shown.args["body"]).toBe("Hello,\n\nit comes soon.\n\nMara");
    const decided = await decide(id, { type: "approve", argsHash: shown.argsHash });
    expect(decided.status).toBe(200);
    await at.runtime.waitForThread("default", String(threadId));
    const mine = sent.filter(({ args }) => args["to"] === shown.args["to"]);
    expect(mine.map(({ args }) => args)).toEqual([shown.args]);
    const { body } = await request(`${at.url}/executions?thread_id=${String(threadId)}`);
    expect(body["items"]).toMatchObject([{ state: "succeeded", argsHash: shown.argsHash, args: shown.args }]);
  });

  it("is not released under the hash of what it was before", async () => {
    asBlocks = threeKinds;
    const { id, argsHash } = await held();
    await finished(id);
    expect(await decide(id, { type: "approve", argsHash })).toMatchObject({
      status: 409,
      body: { code: "decision_stale" },
    });
  });

  it("is shown to chats that know no blocks once nothing in it is open", async () => {
    asBlocks = threeKinds;
    const { id, threadId } = await held();
    const shown = await finished(id);
    await expect
      .poll(async () => {
        const thread = await at.client.threads.get(String(threadId));
        return JSON.stringify(thread.interrupts);
      })
      .toContain(shown.argsHash);
    await at.client.runs.wait(String(threadId), "support", { command: { resume: { type: "approve" } } });
    expect(sent.filter(({ args }) => args["to"] === shown.args["to"])).toHaveLength(1);
  });

  it("may be written anew as a whole at a door that knows no blocks, which stays on record", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    const { args, argsHash } = await finished(id);
    expect((await decide(id, { type: "edit", argsHash, args: { ...args, body: "All mine." } })).status).toBe(
      200,
    );
    const { body } = await request(`${at.url}/reviews/${id}/draft/changes`);
    expect((body["items"] as object[]).at(-1)).toMatchObject({
      blockId: null,
      kind: "whole",
      before: args["body"],
      after: "All mine.",
      by: { id: "local" },
    });
  });
});

describe("changing a draft", () => {
  it("is judged like any call: what asks for more goes to a higher tier, what is forbidden is not taken", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    expect(await change(id, "b2", 0, { type: "write", text: "We guarantee it." })).toMatchObject({
      status: 200,
      body: { tier: "lead" },
    });
    expect(await change(id, "b3", 0, { type: "write", text: "Or a lawsuit." })).toMatchObject({
      status: 422,
      body: { code: "edit_refused" },
    });
    expect(await change(id, "b3", 0, { type: "write", text: "x".repeat(5_000) })).toMatchObject({
      status: 422,
      body: { code: "args_invalid" },
    });
    // What asked for more once is not forgotten.
    expect(await change(id, "b2", 1, { type: "restore" })).toMatchObject({ body: { tier: "lead" } });
  });

  it("says what is wrong: no such block, no such review, nothing to accept, an old revision", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    expect(await change(id, "b9", 0, { type: "accept" })).toMatchObject({ status: 404 });
    expect(await change(randomUUID(), "b1", 0, { type: "accept" })).toMatchObject({ status: 404 });
    expect(await change(id, "b1", 0, { type: "accept" })).toMatchObject({ status: 422 });
    expect(await change(id, "b2", 0, { type: "write", text: "  " })).toMatchObject({ status: 422 });
    await change(id, "b2", 0, { type: "write", text: "Mine." });
    expect(await change(id, "b2", 0, { type: "write", text: "Yours." })).toMatchObject({
      status: 409,
      body: { code: "draft_changed", block: { text: "Mine.", revision: 1, changedBy: "local" } },
    });
  });

  it("is never into words that its tool would change before they are sent", async () => {
    asBlocks = () => ({ blocks: [{ kind: "confident", text: "Hello.", note: null }] });
    const { id, draft } = await held({ words: "as it was proposed" }, "shout");
    expect(draft?.blocks).toMatchObject([{ kind: "uncertain", text: "AS IT WAS PROPOSED" }]);
    const [block] = draft?.blocks ?? [];
    const write = (text: string) => change(id, block?.id ?? "", 0, { type: "write", text });
    expect(await write("Quiet.")).toMatchObject({ status: 422, body: { code: "args_invalid" } });
    expect(await write("LOUD.")).toMatchObject({ status: 200, body: { args: { words: "LOUD." } } });
  });

  it("is left undone by the statement that writes it, whoever passed the checks before it", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({ proposals: [{ block: "b2", text: "it comes.", note: null }] });
    const { pool } = at.runtime.db;
    const store = createDraftStore(at.runtime.db, () => undefined);
    const mara = { id: "mara", kind: "person" as const, roles: ["*"], tenant: "default" };
    const late = async (happens: (id: string) => Promise<unknown>) => {
      const { id } = await held();
      const review = await at.runtime.reviews.find("default", id);
      if (!review?.draft) throw new Error("Nothing is held.");
      const { draft, args, argsHash, level, title, reasons, requestedBy, tier, roles, panel } = review;
      await happens(id);
      const rung = { tier, roles, panel, onSilence: null, respondMs: null, dueAt: null };
      const revision = { review, draft, args, argsHash, level, rung, title, reasons, requestedBy };
      return store.revise("default", { ...revision, by: mara, changes: [] });
    };
    const set = (what: string) => (id: string) =>
      pool.query(`update holdpoint.reviews set ${what} where review_id = $1`, [id]);
    expect(await late(async () => undefined)).not.toBeNull();
    expect(await late(set("expires_at = now() - interval '1 s'"))).toBeNull();
    expect(await late(set("status = 'superseded'"))).toBeNull();
    const ask = (id: string) =>
      request(`${at.url}/reviews/${id}/draft/proposals`, { body: { blockId: "b2", instruction: "Less." } });
    // A proposal that came in between is not lost by it.
    expect(await late(ask)).toBeNull();
  });

  it("by two and an approval at the same moment sends what was approved, or nothing", async () => {
    asBlocks = () => ({ blocks: [{ kind: "confident", text: "Ours.", note: null, joint: "nothing" }] });
    for (let n = 0; n < 8; n += 1) {
      const { id, args, argsHash, threadId } = await held();
      const [approved] = await Promise.all([
        decide(id, { type: "approve", argsHash }),
        change(id, "b1", 0, { type: "write", text: `First ${n}.` }),
        change(id, "b1", 0, { type: "write", text: `Second ${n}.` }),
      ]);
      await at.runtime.waitForThread("default", String(threadId));
      const mine = sent.filter((one) => one.args["to"] === args["to"]);
      expect(mine.map((one) => one.args)).toEqual(approved.status === 200 ? [args] : []);
      const now = await read(id);
      expect(now.argsHash).toBe(hashJson(now.args));
      expect(now.argsHash === argsHash).toBe(approved.status === 200);
    }
  });

  it("by many at once in blocks of their own loses nothing; in one block the first wins", async () => {
    const many = Array.from({ length: 8 }, (_, n) => ({
      kind: "uncertain",
      text: `Part ${n}.`,
      note: "?",
      joint: "space",
    }));
    asBlocks = () => ({ blocks: many });
    const { id } = await held();
    const apart = await Promise.all(
      many.map((_, n) => change(id, `b${n + 1}`, 0, { type: "write", text: `Mine ${n}.` })),
    );
    expect(apart.map(({ status }) => status)).toEqual(many.map(() => 200));
    const now = await read(id);
    expect(now.args["body"]).toBe(many.map((_, n) => `Mine ${n}.`).join(" "));
    expect(now.argsHash).toBe(hashJson(now.args));
    const together = await Promise.all(
      [1, 2, 3, 4].map((n) => change(id, "b1", 1, { type: "write", text: `Again ${n}.` })),
    );
    expect(together.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    const { body } = await request(`${at.url}/reviews/${id}/draft/changes`);
    expect(body["items"]).toHaveLength(10);
  });

  it("keeps every change: the block, before, after, by whom", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    await finished(id);
    const { body } = await request(`${at.url}/reviews/${id}/draft/changes`);
    expect(body["items"]).toMatchObject([
      {
        blockId: null,
        kind: "written",
        before: "Hello,\n\nit comes soon.",
        after: "Hello,\n\nit comes soon.\n\n[who signs]",
        by: { id: "support", kind: "agent" },
      },
      {
        blockId: "b2",
        kind: "accept",
        before: "it comes soon.",
        after: "it comes soon.",
        by: { id: "local" },
      },
      { blockId: "b3", kind: "write", before: "", after: "Mara", by: { id: "local", kind: "person" } },
    ]);
    await change(id, "b2", 1, { type: "write", text: "it is late." });
    await change(id, "b1", 0, { type: "remove" });
    const { draft } = await read(id);
    expect(draft?.blocks[2]).toMatchObject({ kind: "placeholder", original: "", changedBy: "local" });
    expect(draft?.blocks[1]).toMatchObject({ text: "it is late.", original: "it comes soon." });
    // What the machine wrote stands there as a whole, whatever became of it.
    expect(draft).toMatchObject({ original: "Hello,\n\nit comes soon.\n\n[who signs]", model: "writer" });
  });

  it("in a file is each block's own: what is forbidden in one leaves the others", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    const { body } = await request(`${at.url}/reviews/${id}/draft/document`);
    const blocks = (body["blocks"] as { id: string; revision: number; text: string }[]).map((block) => ({
      id: block.id,
      revision: block.revision,
      text: block.text,
    }));
    const back = (texts: string[]) =>
      request(`${at.url}/reviews/${id}/draft/document`, {
        body: { blocks: blocks.map((block, n) => ({ ...block, text: texts[n] ?? block.text })) },
      });
    expect((await back([])).body).toMatchObject({ changed: [], refused: [], review: { id } });
    expect((await back(["Hello,", "it is late.", "Or a lawsuit."])).body).toMatchObject({
      changed: ["b2"],
      refused: [{ blockId: "b3", code: "edit_refused", yours: "Or a lawsuit.", now: null }],
      review: { args: { body: "Hello,\n\nit is late.\n\n[who signs]" } },
    });
    expect(
      await request(`${at.url}/reviews/${id}/draft/document`, { body: { blocks: [blocks[0], blocks[0]] } }),
    ).toMatchObject({ status: 422, body: { code: "request_invalid" } });
    expect(await request(`${at.url}/reviews/${randomUUID()}/draft/document`)).toMatchObject({ status: 404 });
  });

  it("in a file that says it is of another review changes nothing", async () => {
    asBlocks = threeKinds;
    const [{ id }, { id: other }] = [await held(), await held()];
    const bring = (reviewId: string) =>
      request(`${at.url}/reviews/${id}/draft/document`, {
        body: { reviewId, blocks: [{ id: "b2", revision: 0, text: "it is late." }] },
      });
    expect(await bring(other)).toMatchObject({
      status: 422,
      body: { code: "request_invalid", detail: expect.stringContaining(other) as string },
    });
    expect((await read(id)).draft?.blocks[1]).toMatchObject({ text: "it comes soon.", revision: 0 });
    expect(await bring(id)).toMatchObject({ status: 200, body: { changed: ["b2"] } });
  });

  it("is over with the decision", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    const { argsHash } = await finished(id);
    await decide(id, { type: "reject", argsHash, reason: "No." });
    expect(await change(id, "b1", 0, { type: "write", text: "Late." })).toMatchObject({
      status: 409,
      body: { code: "review_already_decided" },
    });
  });
});

describe("a release that is taken back", () => {
  it("leaves its draft to be changed again, which it was not in between; what is sent are the words approved last", async () => {
    asBlocks = threeKinds;
    const own = await serve(await testDatabase(), { tools, model: writer, policy: "undo: 60s" });
    try {
      const { thread_id: threadId } = await own.client.threads.create();
      const call = { tool: "send_letter", args: { to: randomUUID(), body: "Hello." } };
      await own.client.runs.wait(threadId, "support", say(JSON.stringify([call])));
      const { body } = await request(`${own.url}/reviews?thread_id=${threadId}`);
      const [review] = body["items"] as Wire[];
      const at = `${own.url}/reviews/${review?.id}`;
      const write = (blockId: string, revision: number, text: string) =>
        request(`${at}/draft/changes`, { body: { blockId, revision, change: { type: "write", text } } });
      const approve = async (undo: boolean) => {
        const { argsHash } = (await request(at)).body;
        return request(`${at}/decision`, { body: { type: "approve", undo, argsHash } });
      };
      await write("b2", 0, "it comes.");
      await write("b3", 0, "Mara");
      expect((await approve(true)).status).toBe(200);
      expect(await write("b1", 0, "Hey,")).toMatchObject({ body: { code: "review_already_decided" } });
      expect((await request(`${at}/decision`, { method: "DELETE" })).status).toBe(200);
      expect((await write("b1", 0, "Hey,")).status).toBe(200);
      expect((await approve(false)).status).toBe(200);
      await own.runtime.waitForThread("default", threadId);
      const mine = sent.filter(({ args }) => args["to"] === call.args.to);
      expect(mine.map(({ args }) => args["body"])).toEqual(["Hey,\n\nit comes.\n\nMara"]);
    } finally {
      await own.stop();
    }
  });
});

describe("the agent proposes", () => {
  const propose = (id: string, body: object) => request(`${at.url}/reviews/${id}/draft/proposals`, { body });

  it("other words for one block by an instruction; the others stay byte-equal, and so does the call", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({
      proposals: [
        { block: "b2", text: "it comes, thank you.", note: "Kinder." },
        { block: "b1", text: "Hey!", note: null },
      ],
    });
    const before = await held();
    const { body } = await propose(before.id, { blockId: "b2", instruction: "Kinder, please." });
    const after = body as Wire;
    expect(after.draft?.proposals).toMatchObject([{ blockId: "b2", text: "it comes, thank you." }]);
    expect(after.draft?.blocks).toEqual(before.draft?.blocks);
    expect(after.argsHash).toBe(before.argsHash);
    const [proposal] = after.draft?.proposals ?? [];
    const taken = await change(before.id, "b2", 0, { type: "take", proposalId: proposal?.id });
    const now = taken.body as Wire;
    expect(now.draft?.blocks[1]).toMatchObject({ text: "it comes, thank you.", isOpen: false });
    expect(now.draft?.blocks.filter(({ id }) => id !== "b2")).toEqual(
      before.draft?.blocks.filter(({ id }) => id !== "b2"),
    );
  });

  it("nothing for a block that a person is in: their cursor wins", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({
      proposals: ["b1", "b2"].map((block) => ({ block, text: `New ${block}.`, note: null })),
    });
    const { id } = await held();
    await request(`${at.url}/reviews/${id}/draft/editors`, { body: { blockId: "b2" } });
    const { body } = await propose(id, {});
    expect((body as Wire).draft?.proposals.map(({ blockId }) => blockId)).toEqual(["b1"]);
    const [proposal] = (body as Wire).draft?.proposals ?? [];
    const dismissed = await request(`${at.url}/reviews/${id}/draft/proposals/${proposal?.id}`, {
      method: "DELETE",
    });
    expect((dismissed.body as Wire).draft?.proposals).toEqual([]);
  });

  it("nothing for a block that somebody went into while it was asked", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({
      proposals: ["b1", "b2"].map((block) => ({ block, text: `New ${block}.`, note: null })),
    });
    const { id } = await held();
    meanwhile = () => request(`${at.url}/reviews/${id}/draft/editors`, { body: { blockId: "b2" } });
    const { body } = await propose(id, {});
    meanwhile = async () => undefined;
    expect((body as Wire).draft?.proposals.map(({ blockId }) => blockId)).toEqual(["b1"]);
  });

  it("is not asked for a block that a person is in, by nobody else", async () => {
    asBlocks = threeKinds;
    let heard = "";
    asProposals = (asked) => {
      heard = asked;
      return { proposals: [{ block: "b2", text: "it comes.", note: null }] };
    };
    const { id } = await held();
    const ada = { id: "ada", kind: "person" as const, roles: ["*"], tenant: "default" };
    await at.runtime.drafting.edit(ada, id, "b2");
    await propose(id, {});
    expect(heard).toContain("Blocks you may propose other words for: b1\n");
    expect(await propose(id, { blockId: "b2", instruction: "Less." })).toMatchObject({
      status: 409,
      body: { code: "draft_changed" },
    });
    const own = await at.runtime.drafting.propose(ada, id, { blockId: "b2", instruction: "Less." });
    expect(own).toMatchObject({ ok: true, review: { draft: { proposals: [{ text: "it comes." }] } } });
  });

  it("with a gap said beside it, which leaves its block open when it is taken", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({ proposals: [{ block: "b2", text: "it comes on [day].", note: null }] });
    const { id } = await held();
    const { body } = await propose(id, { blockId: "b2", instruction: "Say when." });
    const [proposal] = (body as Wire).draft?.proposals ?? [];
    expect(proposal).toMatchObject({ note: expect.stringContaining("gap: [day]") as string });
    const taken = (await change(id, "b2", 0, { type: "take", proposalId: proposal?.id })).body as Wire;
    expect(taken.draft?.blocks[1]).toMatchObject({ text: "it comes on [day].", isOpen: true });
  });

  it("with what it made up said beside it", async () => {
    asBlocks = threeKinds;
    asProposals = () => ({ proposals: [{ block: "b2", text: "Jonas brings it on Tuesday.", note: null }] });
    const { id } = await held();
    const { body } = await propose(id, { blockId: "b2", instruction: "Say who." });
    expect((body as Wire).draft?.proposals).toMatchObject([
      { note: expect.stringContaining("Jonas") as string },
    ]);
  });

  it("or says that it has no other words", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    for (const answer of ["none", { proposals: [{ block: "b2", text: "it comes soon.", note: null }] }]) {
      asProposals = () => answer;
      expect(await propose(id, { blockId: "b2", instruction: "Say who." })).toMatchObject({
        status: 502,
        body: { code: "agent_silent" },
      });
    }
    expect(await propose(id, { blockId: "b2" })).toMatchObject({ status: 422 });
  });
});

describe("two people with one draft", () => {
  it("see each other, and what the other changed, as it happens", async () => {
    asBlocks = threeKinds;
    const { id } = await held();
    const stop = new AbortController();
    const response = await fetch(`${at.url}/reviews/${id}/draft/events`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const hear = async (text: string): Promise<void> => {
      while (!heard.includes(text)) heard += (await reader?.read())?.value ?? "";
    };
    await hear('"editors":[]');
    await request(`${at.url}/reviews/${id}/draft/editors`, { body: { blockId: "b2" } });
    await hear('"editors":[{"person":"local","blockId":"b2"}]');
    await change(id, "b2", 0, { type: "write", text: "It comes on its own." });
    await hear("It comes on its own.");
    heard = "";
    await request(`${at.url}/reviews/${id}/draft/editors`, { method: "DELETE" });
    await hear('"editors":[]');
    expect(heard).not.toContain('"person":"local"');
    stop.abort();
  });
});

describe("while the agent is still writing", () => {
  const asked = { now: newGate(), answered: newGate() };
  const slow: Model = {
    ...scriptedModel("slow", script),
    async invoke(given) {
      if (given.answerSchema?.name !== "draft_blocks") return scriptedModel("slow", script).invoke(given);
      asked.now.open();
      await asked.answered.opened;
      return new AIMessage(JSON.stringify({ blocks: [{ kind: "uncertain", text: "Mine.", note: "?" }] }));
    },
  };
  let own: Served;
  beforeAll(async () => {
    own = await serve(await testDatabase(), { tools, model: slow });
  });
  afterAll(() => own.stop());

  it("a model that listens to nobody is waited for no longer than it was told", async () => {
    Object.assign(asked, { now: newGate(), answered: newGate() });
    const hasty = await serve(await testDatabase(), {
      tools,
      model: slow,
      settings: { draftTimeoutMs: 100 },
    });
    try {
      const { thread_id: threadId } = await hasty.client.threads.create();
      const call = { tool: "send_letter", args: { to: "x", body: "As it was proposed." } };
      await hasty.client.runs.wait(threadId, "support", say(JSON.stringify([call])));
      const { body } = await request(`${hasty.url}/reviews?thread_id=${threadId}`);
      expect(body["items"]).toMatchObject([{ draft: { isWriting: false, completeness: 0 } }]);
    } finally {
      asked.answered.open();
      await hasty.stop();
    }
  });

  const seen = async (): Promise<{ review: Wire; written(): Promise<Wire> }> => {
    Object.assign(asked, { now: newGate(), answered: newGate() });
    const { thread_id: threadId } = await own.client.threads.create();
    const call = { tool: "send_letter", args: { to: "x", body: "As it was proposed." } };
    const run = await own.client.runs.create(threadId, "support", say(JSON.stringify([call])));
    await asked.now.opened;
    const { body } = await request(`${own.url}/reviews?thread_id=${threadId}`);
    const [review] = body["items"] as Wire[];
    if (!review) throw new Error("Nothing is held.");
    expect(review.draft).toMatchObject({ isWriting: true, blocks: [{ kind: "uncertain", isOpen: true }] });
    return {
      review,
      async written() {
        asked.answered.open();
        await own.client.runs.join(threadId, run.run_id);
        return (await request(`${own.url}/reviews/${review.id}`)).body as Wire;
      },
    };
  };
  const changeWhole = (id: string, change: object) =>
    request(`${own.url}/reviews/${id}/draft/changes`, { body: { blockId: "whole", revision: 0, change } });

  it("a person may begin, and what the agent writes then comes too late", async () => {
    const { review, written } = await seen();
    await changeWhole(review.id, { type: "write", text: "A person's." });
    const now = await written();
    expect(now.args["body"]).toBe("A person's.");
    expect(now.draft).toMatchObject({ isWriting: false, completeness: 1, model: null });
  });

  it("what a person does to the words they have before them is not done to the agent's blocks", async () => {
    const { review, written } = await seen();
    await written();
    for (const change of [{ type: "accept" }, { type: "write", text: "A person's." }]) {
      const late = await changeWhole(review.id, change);
      expect(late).toMatchObject({ status: 404, body: { detail: expect.stringContaining("into blocks") } });
    }
    const now = (await request(`${own.url}/reviews/${review.id}`)).body as Wire;
    expect(now.args["body"]).toBe("Mine.");
    expect(now.draft).toMatchObject({ completeness: 0, model: "slow" });
  });
});
