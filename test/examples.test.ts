// Each example from its first word to what goes out: on the scripted model without a key, on ChatOpenAI with one.
import { LLMock } from "@copilotkit/aimock";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dischargeSummaryAgent } from "../examples/discharge-summary/agent.js";
import { demoNotice } from "../examples/demo.js";
import { releaseNotesAgent, type Release } from "../examples/release-notes/agent.js";
import { supportAgent } from "../examples/support/agent.js";
import { openDesk } from "../examples/support/desk.js";
import {
  createHoldpoint,
  type Draft,
  type Holdpoint,
  type HoldpointOptions,
  type Review,
} from "../src/index.js";
import { loadGraphs } from "../src/server/load-graphs.js";
import { testDatabase } from "./support/database.js";

const url = await testDatabase();
const run = promisify(execFile);

async function start(options: Omit<HoldpointOptions, "database">): Promise<Holdpoint> {
  const holdpoint = await createHoldpoint({
    ...options,
    database: { url },
    settings: { leaseMs: 1_000, pollMs: 100, maxConnections: 8 },
  });
  onTestFinished(() => holdpoint.stop());
  return holdpoint;
}

async function held(
  { reviews, send }: Holdpoint,
  threadId: string,
  words: string,
): Promise<Review & { draft: Draft }> {
  await send(threadId, words);
  const [review] = await reviews({ threadId });
  if (!review?.draft) throw new Error(`Nothing is held after "${words}".`);
  return { ...review, draft: review.draft };
}

/** Accepts what is uncertain, fills in what is missing, and lets it go. */
async function release(holdpoint: Holdpoint, { id, draft }: { id: string; draft: Draft }): Promise<Review> {
  for (const { id: blockId, kind } of draft.blocks.filter(({ isOpen }) => isOpen)) {
    const change =
      kind === "placeholder"
        ? ({ type: "write", text: "Filled in." } as const)
        : ({ type: "accept" } as const);
    expect(await holdpoint.drafts.change(id, { blockId, revision: 0 }, change)).toMatchObject({ ok: true });
  }
  const review = await holdpoint.review(id);
  const decided = await holdpoint.decide(id, { type: "approve", argsHash: review?.argsHash ?? "" });
  if (!decided.ok) throw decided.error;
  await holdpoint.wait(decided.review.threadId);
  return decided.review;
}

const kindsOf = ({ blocks }: Draft) => blocks.map(({ kind }) => kind);

describe("release notes", () => {
  let folder: string;
  const subjects = ["A page lists what waits", "Refunds run once, whatever dies", "Mara keeps the door"];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdpoint-log-"));
    const git = (...words: string[]) => run("git", words, { cwd: folder });
    await git("init", "--quiet");
    for (const subject of subjects) {
      const who = [
        "-c",
        "user.name=Jonas Weber",
        "-c",
        "user.email=jonas@example.com",
        "-c",
        "commit.gpgsign=false",
      ];
      await git(...who, "commit", "--quiet", "--allow-empty", "-m", subject);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("are drafted from the repository's own log, finished, and published as they read", async () => {
    const published: Release[] = [];
    const holdpoint = await start(releaseNotesAgent({}, { folder, published }));
    const review = await held(holdpoint, "notes", "write the release notes of 1.4.0");
    expect(review).toMatchObject({ tool: "publish_release_notes", args: { version: "1.4.0" } });
    expect(review.draft.blocks.map(({ kind, text }) => [kind, text])).toEqual([
      ["confident", "What is new:"],
      ...subjects.toReversed().map((subject) => ["confident", `- ${subject}`]),
      ["uncertain", "To upgrade you need do nothing."],
      ["placeholder", ""],
    ]);
    expect(review.draft.blocks[1]?.sources).toEqual([{ from: "read_git_log", quote: "Mara keeps the door" }]);
    const { args } = await release(holdpoint, review);
    expect(published).toEqual([args]);
    expect(published[0]?.notes).toMatch(/^What is new:\n- Mara .*\n- Refunds .*\n- A page .*\n\nTo upgrade/);
    expect((await holdpoint.wait("notes")).messages.at(-1)?.text).toContain(demoNotice);
  });

  it("say what git says where there is no log", async () => {
    const none = await start({ ...releaseNotesAgent({}, { folder: tmpdir() }), name: "none" });
    await none.send("none", "write the release notes of 1.0.0");
    const [execution] = await none.executions({ threadId: "none" });
    expect(execution).toMatchObject({
      state: "failed",
      error: expect.stringContaining("not a git repository"),
    });
  });
});

describe("a draft note", () => {
  it("of the support desk is written at once, and written again, without asking anybody", async () => {
    const desk = openDesk();
    const holdpoint = await start(await supportAgent({}, desk));
    await holdpoint.send("note", "note on ticket T-7: called back");
    expect(desk.notes.get("T-7")).toBe("called back");
    await holdpoint.send("note", "note for ticket T-7: parcel found");
    expect(desk.notes.get("T-7")).toBe("parcel found");
    expect(await holdpoint.reviews({ threadId: "note" })).toEqual([]);
    expect(await holdpoint.executions({ threadId: "note" })).toMatchObject([
      { tool: "update_draft_note", state: "succeeded" },
      { tool: "update_draft_note", state: "succeeded" },
    ]);
  });
});

describe("an e-mail", () => {
  it("of the support desk is finished by a person, and sent as it reads", async () => {
    const desk = openDesk();
    const holdpoint = await start(await supportAgent({}, desk));
    const review = await held(holdpoint, "mail", "e-mail the customer of order 8841");
    expect(kindsOf(review.draft)).toEqual(["confident", "placeholder", "uncertain", "confident"]);
    const { args } = await release(holdpoint, review);
    expect(desk.outbox).toEqual([
      { to: "mara@example.com", subject: "About your order 8841", body: args["body"] },
    ]);
  });
});

describe("a discharge summary", () => {
  it("waits for a physician, with the figure that stands in no record lowered, and is said when it is finished", async () => {
    const holdpoint = await start(dischargeSummaryAgent({}));
    const review = await held(holdpoint, "summary", "summarise record 4417");
    expect(review).toMatchObject({ kind: "reply", tier: "physician" });
    const { blocks } = review.draft;
    const lowered = blocks.filter(({ note }) => note?.startsWith("In no source:"));
    expect(lowered.map(({ kind, text, note }) => [kind, text, note])).toEqual([
      ["uncertain", "Blood pressure at discharge: 128/76.", expect.stringMatching(/128.*76/)],
    ]);
    expect(kindsOf(review.draft).slice(0, 5)).toEqual([
      "confident",
      "confident",
      "confident",
      "uncertain",
      "confident",
    ]);
    const nurse = { id: "nurse", roles: ["nurse"] };
    expect(
      await holdpoint.drafts.change(review.id, { blockId: "b4", revision: 0 }, { type: "remove" }, nurse),
    ).toMatchObject({ ok: false, error: { code: "decision_forbidden" } });
    const { messages } = await holdpoint.wait("summary");
    const said = messages.filter((message) => message.getType() === "ai");
    expect(said.map(({ text }) => text)).toEqual([""]);
    const { args } = await release(holdpoint, review);
    expect((await holdpoint.wait("summary")).messages.at(-1)?.text).toBe(args["text"]);
  });
});

describe("with a key", () => {
  it.each([
    ["release-notes", releaseNotesAgent, ["read_git_log", "publish_release_notes"]],
    ["support", supportAgent, ["look_up_order", "send_email"]],
    ["discharge-summary", dischargeSummaryAgent, ["read_record"]],
  ] as const)("%s asks ChatOpenAI, with its instructions and its tools", async (name, agentOf, tools) => {
    const provider = await LLMock.create({ port: 0 });
    onTestFinished(() => provider.stop());
    provider.onMessage(/Put them into ordered blocks/, { content: '{"blocks":[]}' });
    provider.onMessage("hello", { content: "A model's own words." });
    const environment = {
      OPENAI_API_KEY: "k",
      OPENAI_BASE_URL: `${provider.url}/v1`,
      HOLDPOINT_MODEL: "gpt-9",
    };
    const options = await agentOf(environment);
    const holdpoint = await start({ ...options, name: `${name}-with-a-key` });
    await holdpoint.send(`${name}-key`, "hello");
    const [asked] = provider.getRequests().map(({ body }) => body as unknown as Asked);
    expect(asked).toMatchObject({
      model: "gpt-9",
      messages: [{ role: "system", content: options.instructions }, {}],
    });
    expect(asked?.tools.map((tool) => tool.function.name)).toEqual(expect.arrayContaining([...tools]));
  });
});

interface Asked {
  model: string;
  messages: object[];
  tools: { function: { name: string } }[];
}

it("are all served by examples/langgraph.json", async () => {
  const { agents, plain } = await loadGraphs(
    fileURLToPath(new URL("../examples/langgraph.json", import.meta.url)),
  );
  expect(agents.map(({ name, answers }) => [name, answers])).toEqual([
    ["support", undefined],
    ["release-notes", undefined],
    ["discharge-summary", "drafted"],
  ]);
  expect(plain).toEqual({});
});
