// Words written together in an agent of LangChain's: by its own model, through the middleware's own door.
import { HumanMessage, isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { Command, MemorySaver } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { defineTool, type Draft, type Review, type Script } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { testDatabase } from "./support/database.js";
import { at } from "./support/doors.js";
import { chatModel, middlewareAgent } from "./support/middleware.js";

const url = await testDatabase();

const blocks = [
  { kind: "confident", text: "Dear Mara Lindqvist,", note: null, joint: "paragraph" },
  { kind: "confident", text: "it costs 99 EUR.", note: null, joint: "paragraph" },
  { kind: "placeholder", text: "", note: "who signs" },
];
const proposals = [{ block: "b2", text: "it has a price.", note: null }];

/** What the model says where it is asked for blocks. */
const scriptOf =
  (asBlocks: () => unknown): Script =>
  (messages) => {
    const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
    if (asked.includes("Put them into ordered blocks")) return { text: JSON.stringify(asBlocks()) };
    if (asked.includes("You and a person write")) return { text: JSON.stringify({ proposals }) };
    const last = messages.at(-1);
    if (last && isToolMessage(last)) return { text: `Heard: ${last.text}` };
    return { text: "On it.", calls: [{ tool: "send_letter", args: { body: `Letter: ${asked}` } }] };
  };

function letterAgent(asBlocks: () => unknown = () => ({ blocks }), name = `agent-${randomUUID()}`) {
  const sent: JsonObject[] = [];
  const tool = defineTool({
    name: "send_letter",
    description: "Sends a letter.",
    args: z.object({ body: z.string() }),
    draft: "body",
    run: (args) => {
      sent.push(args);
      return "sent";
    },
  });
  const checkpointer = new MemorySaver();
  const start = () => {
    const made = middlewareAgent(url, {
      model: chatModel(scriptOf(asBlocks)),
      options: { name, tools: [tool] },
      checkpointer,
    });
    onTestFinished(() => made.holdpoint.stop());
    return made;
  };
  return { ...start(), sent, again: start };
}

type Agent = ReturnType<typeof letterAgent>;

async function held({ agent, holdpoint }: Agent): Promise<Review & { draft: Draft }> {
  const threadId = randomUUID();
  await agent.invoke({ messages: [new HumanMessage("Write to Mara Lindqvist.")] }, at(threadId));
  const [review] = await holdpoint.reviews({ threadId });
  if (!review?.draft) throw new Error("Nothing is held.");
  return { ...review, draft: review.draft };
}

async function finish({ holdpoint }: Pick<Agent, "holdpoint">, { id }: Review): Promise<Review> {
  await holdpoint.drafts.change(id, { blockId: "b2", revision: 0 }, { type: "remove" });
  const done = await holdpoint.drafts.change(
    id,
    { blockId: "b3", revision: 0 },
    { type: "write", text: "Ann" },
  );
  if (!done.ok) throw done.error;
  return done.review;
}

describe("words for people in an agent of LangChain's", () => {
  it("are put into blocks by the agent's own model, finished, released, and sent as they read", async () => {
    const agent = letterAgent();
    const review = await held(agent);
    expect(review.draft).toMatchObject({
      isWriting: false,
      model: "ChatModelOf",
      blocks: [
        { kind: "confident", isOpen: false },
        { kind: "uncertain", isOpen: true, note: expect.stringContaining("99") as string },
        { kind: "placeholder", isOpen: true, note: "who signs" },
      ],
    });
    const { argsHash } = await finish(agent, review);
    expect(await agent.holdpoint.decide(review.id, { type: "approve", argsHash })).toMatchObject({
      ok: true,
    });
    const { messages } = await agent.holdpoint.resume(agent.agent, review.threadId);
    expect(agent.sent).toEqual([{ body: "Dear Mara Lindqvist,\n\nAnn" }]);
    expect(messages.at(-1)?.text).toMatch(/^Heard: .*sent$/s);
    expect(await agent.holdpoint.drafts.changes(review.id)).toMatchObject([
      { kind: "written", by: { kind: "agent" } },
      { kind: "remove", blockId: "b2" },
      { kind: "write", blockId: "b3" },
    ]);
  });

  it("are not released while something in them is open, whatever the thread is resumed with", async () => {
    const agent = letterAgent();
    const { id, argsHash, threadId } = await held(agent);
    expect(await agent.holdpoint.decide(id, { type: "approve", argsHash })).toMatchObject({
      ok: false,
      error: { code: "draft_incomplete", details: { open: ["b2", "b3"] } },
    });
    for (const resume of [{ type: "approve" }, { decisions: [{ type: "approve" }] }, true])
      await agent.agent.invoke(new Command({ resume }), at(threadId));
    expect(agent.sent).toEqual([]);
    expect((await agent.holdpoint.review(id))?.status).toBe("open");
  });

  it("are proposed anew by the agent's model, once this process has run it", async () => {
    const agent = letterAgent();
    const { id } = await held(agent);
    const asked = { blockId: "b2", instruction: "No figures." };
    await agent.holdpoint.drafts.propose(id, asked);
    const draft = await agent.holdpoint.drafts.read(id);
    expect(draft?.proposals).toMatchObject([{ blockId: "b2", text: "it has a price." }]);
    const other = agent.again();
    expect(await other.holdpoint.drafts.propose(id, asked)).toMatchObject({
      ok: false,
      error: { code: "agent_not_served" },
    });
  });

  it.each([
    ["has no blocks to offer", () => "no"],
    [
      "fails",
      () => {
        throw new Error("The provider is away.");
      },
    ],
  ])("stay as they were proposed, all uncertain, where its model %s", async (_, asBlocks) => {
    const agent = letterAgent(asBlocks);
    const { draft, args } = await held(agent);
    expect(args).toEqual({ body: "Letter: Write to Mara Lindqvist." });
    expect(draft).toMatchObject({ isWriting: false, blocks: [{ kind: "uncertain", text: args["body"] }] });
  });

  it("are shown to nobody who watches the agent while they are put into blocks", async () => {
    const agent = letterAgent();
    const threadId = randomUUID();
    const seen: unknown[] = [];
    const input = { messages: [new HumanMessage("Write to Mara Lindqvist.")] };
    const stream = await agent.agent.stream(input, { ...at(threadId), streamMode: "messages" });
    for await (const piece of stream) seen.push(piece);
    expect(JSON.stringify(seen)).toContain("send_letter");
    expect(JSON.stringify(seen)).not.toContain("placeholder");
    expect(await agent.holdpoint.reviews({ threadId })).toMatchObject([{ draft: { blocks: [{}, {}, {}] } }]);
  });

  it("may be finished in another process; what one left half written stays uncertain as a whole", async () => {
    const agent = letterAgent();
    const review = await held(agent);
    const left = await held(agent);
    await agent.holdpoint.stop();
    const client = new pg.Client(url);
    await client.connect();
    await client.query("update holdpoint.drafts set is_writing = true where review_id = $1", [left.id]);
    await client.end();

    const other = agent.again();
    const { argsHash } = await finish(other, review);
    await other.holdpoint.decide(review.id, { type: "approve", argsHash });
    await other.holdpoint.resume(other.agent, review.threadId);
    expect(agent.sent).toHaveLength(1);

    await other.agent.invoke(new Command({ resume: true }), at(left.threadId));
    expect(await other.holdpoint.drafts.read(left.id)).toMatchObject({ isWriting: false });
    expect(agent.sent).toHaveLength(1);
  });
});
