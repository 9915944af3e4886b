// A draft from its first block to what goes out, by the library alone.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { Command } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  defineTool,
  draftFromMarkdown,
  draftToMarkdown,
  scriptedModel,
  type Draft,
  type Review,
  type Script,
} from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { startAgent, type TestAgent } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { at, pendingIds, type AnyGraph } from "./support/doors.js";

const published: string[] = [];
const publish = defineTool({
  name: "publish",
  description: "Publishes a text.",
  args: z.object({ text: z.string() }),
  draft: "text",
  run: ({ text }) => {
    published.push(text);
    return "published";
  },
});

const blocks = [
  { kind: "confident", text: "What is new:", note: null, joint: "line" },
  { kind: "uncertain", text: "It is faster.", note: "Nobody measured it.", alternatives: ["It is smaller."] },
  { kind: "placeholder", text: "", note: "the version" },
];
const proposals = [{ block: "b2", text: "It may be faster.", note: "Less sure." }];
const script: Script = (messages, answerSchema) => {
  if (answerSchema === "draft_blocks") return { text: JSON.stringify({ blocks }) };
  if (answerSchema === "draft_proposals") return { text: JSON.stringify({ proposals }) };
  const last = messages.at(-1);
  if (last && isToolMessage(last)) return { text: last.text };
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  return { calls: [{ tool: "publish", args: { text: asked } }] };
};

let agent: TestAgent;
let threadId: string;
let review: Review;
beforeAll(async () => {
  agent = await startAgent(await testDatabase(), {
    tools: [publish],
    model: scriptedModel("writer", script),
  });
});
afterAll(() => agent.holdpoint.stop());
beforeEach(async () => {
  threadId = randomUUID();
  await agent.holdpoint.send(threadId, `notes ${threadId}`);
  const [held] = await agent.holdpoint.reviews({ threadId });
  if (!held) throw new Error("Nothing is held.");
  review = held;
  published.splice(0);
});

const draft = async (): Promise<Draft> => {
  const read = await agent.holdpoint.drafts.read(review.id);
  if (!read) throw new Error("There is no draft.");
  return read;
};
const kindsOf = ({ blocks: all }: Draft) => all.map(({ id, kind, isOpen }) => [id, kind, isOpen]);

describe("a draft in the library", () => {
  it("is read, finished block by block, released, and goes out as it read", async () => {
    const { drafts, decide, wait } = agent.holdpoint;
    expect(kindsOf(await draft())).toEqual([
      ["b1", "confident", false],
      ["b2", "uncertain", true],
      ["b3", "placeholder", true],
    ]);
    const mara = { id: "mara", roles: ["reviewer"] };
    await drafts.change(review.id, { blockId: "b2", revision: 0 }, { type: "pick", alternative: 0 }, mara);
    const changed = await drafts.change(
      review.id,
      { blockId: "b3", revision: 0 },
      { type: "write", text: "1.2.0" },
    );
    if (!changed.ok) throw changed.error;
    const words = "What is new:\nIt is smaller.\n\n1.2.0";
    expect(changed.review.args).toEqual({ text: words });
    expect(await drafts.changes(review.id)).toMatchObject([
      { blockId: null, kind: "written", before: `notes ${threadId}`, by: { kind: "agent" } },
      { blockId: "b2", kind: "pick", before: "It is faster.", after: "It is smaller.", by: { id: "mara" } },
      { blockId: "b3", kind: "write", before: "", after: "1.2.0", by: { id: "local" } },
    ]);
    expect(await decide(review.id, { type: "approve", argsHash: changed.review.argsHash })).toMatchObject({
      ok: true,
    });
    const { messages } = await wait(threadId);
    expect(published).toEqual([words]);
    expect(messages.at(-1)?.text).toMatch(
      /^Its words were put into blocks, and a person finished them .*published$/s,
    );
  });

  it("is proposed other words for, which change nothing until they are taken", async () => {
    const { drafts } = agent.holdpoint;
    const asked = await drafts.propose(review.id, { blockId: "b2", instruction: "Say less." });
    if (!asked.ok) throw asked.error;
    expect(asked.review.argsHash).toBe(review.argsHash);
    const [proposal] = (await draft()).proposals;
    expect(proposal).toMatchObject({ blockId: "b2", text: "It may be faster." });
    await drafts.change(
      review.id,
      { blockId: "b2", revision: 0 },
      { type: "take", proposalId: proposal?.id ?? "" },
    );
    expect((await draft()).blocks[1]).toMatchObject({ text: "It may be faster.", isOpen: false });
    await drafts.propose(review.id);
    expect((await draft()).proposals).toEqual([]);
  });

  it("goes out as a document and as a text, and what was changed in the text comes back", async () => {
    const { drafts } = agent.holdpoint;
    const document = await drafts.export(review.id);
    if (!document) throw new Error("There is no draft.");
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document).toMatchObject({
      format: "holdpoint-draft/1",
      model: "writer",
      original: "What is new:\nIt is faster.\n\n[the version]",
      blocks: (await draft()).blocks,
      changes: [{ kind: "written", before: `notes ${threadId}`, by: { kind: "agent" } }],
    });
    await drafts.change(review.id, { blockId: "b1", revision: 0 }, { type: "write", text: "Changed here:" });
    const edited = draftToMarkdown(document)
      .replace("\nWhat is new:", "\nChanged outside:")
      .replace("\nIt is faster.", "\nIt is a little faster.");
    const read = draftFromMarkdown(edited);
    if ("fault" in read) throw new Error(read.fault);
    const back = await drafts.import(review.id, read, { id: "mara", roles: ["*"] });
    expect(back).toMatchObject({
      ok: true,
      changed: ["b2"],
      refused: [
        {
          blockId: "b1",
          error: { code: "draft_changed" },
          yours: "Changed outside:",
          now: { text: "Changed here:", changedBy: "local" },
        },
      ],
      review: { args: { text: "Changed here:\nIt is a little faster.\n\n[the version]" } },
    });
    expect((await drafts.changes(review.id)).at(-1)).toMatchObject({
      blockId: "b2",
      kind: "write",
      by: { id: "mara" },
    });
    // A second time it changes nothing more, also where it does not say what it is of; a file of another draft never does.
    expect(await drafts.import(review.id, read.blocks)).toMatchObject({ ok: true, changed: [] });
    for (const other of [
      { ...read, reviewId: randomUUID() },
      { ...document, reviewId: randomUUID() },
      [...read.blocks, { id: "b9", revision: 0, text: "Mine." }],
    ])
      expect(await drafts.import(review.id, other)).toMatchObject({
        ok: false,
        error: { code: "request_invalid" },
      });
  });

  it("says who was faster, with what stands there now, and who may not", async () => {
    const { drafts } = agent.holdpoint;
    const on = { blockId: "b2", revision: 0 };
    await drafts.change(review.id, on, { type: "write", text: "Mine." });
    expect(await drafts.change(review.id, on, { type: "remove" })).toMatchObject({
      ok: false,
      error: { code: "draft_changed", details: { block: { text: "Mine.", revision: 1 } } },
    });
    expect(
      await drafts.change(review.id, on, { type: "remove" }, { id: "guest", roles: ["guest"] }),
    ).toMatchObject({ ok: false, error: { code: "decision_forbidden" } });
    expect(await drafts.read(randomUUID())).toBeNull();
  });
});

describe("publishing with a placeholder that is open", () => {
  beforeEach(async () => {
    await agent.holdpoint.drafts.change(review.id, { blockId: "b2", revision: 0 }, { type: "accept" });
    review = (await agent.holdpoint.review(review.id)) ?? review;
    expect(kindsOf(await draft()).at(-1)).toEqual(["b3", "placeholder", true]);
  });

  it.each([
    ["an approval", { type: "approve" }],
    ["an edit of all its words", { type: "edit", args: { text: "All mine." } }],
  ] as const)("is refused to %s at the library", async (_, answer) => {
    const refused = await agent.holdpoint.decide(review.id, { ...answer, argsHash: review.argsHash });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: "draft_incomplete", details: { open: ["b3"] } },
    });
    expect(await agent.holdpoint.wait(threadId)).toMatchObject({ status: "interrupted" });
    expect(published).toEqual([]);
  });

  it("is refused to whatever resumes the graph: it waits again, and nothing runs", async () => {
    const graph = agent.holdpoint.graph as unknown as AnyGraph;
    const held = pendingIds(await graph.getState(at(threadId)));
    const answers = [{ type: "approve" }, [{ type: "accept" }], { decisions: [{ type: "approve" }] }, true];
    for (const answer of answers) {
      await graph.invoke(new Command({ resume: { [held[0] ?? ""]: answer } }), at(threadId));
      expect(pendingIds(await graph.getState(at(threadId)))).toEqual(held);
    }
    const edited: JsonObject = { text: "All mine." };
    await graph.invoke(new Command({ resume: { type: "edit", args: edited } }), at(threadId));
    expect(published).toEqual([]);
    expect((await agent.holdpoint.review(review.id))?.status).toBe("open");
  });
});
