import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { replayCommand } from "../src/cli/replay.js";
import type { ReplayReport } from "../src/cli/replay-report.js";
import { recordedModel } from "../src/models/recorded.js";
import { conversationFrom, conversationLine, type RecordedConversation } from "../src/replay/conversation.js";
import { readJsonLines } from "../src/replay/json-lines.js";
import { labelFileOf, readLabels, type Labels } from "../src/replay/labels.js";
import { createOwnDatabase } from "../src/replay/own-database.js";
import { replay } from "../src/replay/replay.js";
import { tallyByDomain, type Tally } from "../src/replay/tally.js";
import { urlOf } from "./support/cluster.js";
import { testDatabase } from "./support/database.js";
import { capturingTerminal } from "./support/terminal.js";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

let conversations: RecordedConversation[];
let labels: Labels;
let folder: string;
beforeAll(async () => {
  conversations = (await readJsonLines(fixture("trajectories.jsonl"), conversationLine)).map(
    conversationFrom,
  );
  labels = await readLabels(fixture("calls.jsonl"), conversations);
  folder = await mkdtemp(join(tmpdir(), "holdpoint-replay-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("recorded agents run through the real graph", async () => {
  const [approving, knowing] = [await testDatabase(), await testDatabase()];

  it("a reviewer who approves releases everything that is held", async () => {
    const replayed = await replay({
      conversations,
      labels,
      reviewer: "approve",
      databaseUrl: approving,
      concurrency: 4,
    });
    expect(replayed.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(Object.fromEntries(tallyByDomain(replayed, labels))).toEqual({
      library: counts({
        conversations: 4,
        calls: 12,
        executedAtOnce: 8,
        held: 4,
        approved: 4,
        wrongWrites: 2,
      }),
      shop: counts({ conversations: 2, calls: 3, executedAtOnce: 2, held: 1, approved: 1, wrongWrites: 2 }),
    });
  });

  it("a reviewer who knows the truth lets a right write through once, and stops wrong ones", async () => {
    const replayed = await replay({
      conversations,
      labels,
      reviewer: "ground-truth",
      databaseUrl: knowing,
      concurrency: 2,
    });
    expect(Object.fromEntries(tallyByDomain(replayed, labels))).toEqual({
      // One that can be undone comes after one that was rejected, and is held for that.
      library: counts({
        conversations: 4,
        calls: 12,
        executedAtOnce: 7,
        held: 5,
        approved: 3,
        rejected: 2,
        diverged: 4,
        wrongWrites: 2,
        wrongWritesStopped: 2,
      }),
      // Its first wrong write can be undone, so nobody is asked.
      shop: counts({
        conversations: 2,
        calls: 3,
        executedAtOnce: 2,
        held: 1,
        rejected: 1,
        wrongWrites: 2,
        wrongWritesStopped: 1,
      }),
    });
    expect(replayed.find(({ conversation }) => conversation.id === "lib-1")?.calls).toEqual([
      "executed-at-once",
      "approved",
      "rejected",
      "executed-at-once",
    ]);
  });

  it("equal calls, in one conversation and in parallel ones, each get their own recorded result", async () => {
    const results = await resultsByThread(approving);
    expect(results["lib-3"]).toEqual(["first of three", "second of three"]);
    expect(results["lib-4"]).toEqual(["first of four", "second of four"]);
    expect(results["lib-1"]).toEqual(['{"fee": 250}', "waived", "waived again", '{"fee": -250}']);
  });

  it("a rejected call does not run, and the calls after it do", async () => {
    expect((await resultsByThread(knowing))["lib-2"]).toEqual(["renewed", "queued", "queued twice"]);
  });

  it("two conversations of one id are refused before anything runs", async () => {
    const twice = [...conversations, ...conversations];
    const again = replay({
      conversations: twice,
      labels,
      reviewer: "approve",
      databaseUrl: approving,
      concurrency: 2,
    });
    await expect(again).rejects.toMatchObject({ code: "request_invalid" });
  });
});

describe("a recording is read as what users say and models answer", () => {
  const read = (msgs: unknown[]): RecordedConversation =>
    conversationFrom(conversationLine.parse({ id: "c", domain: "d", gt: [], msgs }));
  const call = ["t", "look", { at: 1 }, "seen"];
  const looked = { tool: "look", args: { at: 1 }, result: "seen" };

  it("words directly before a call are one message with it", () => {
    const { answers, exchanges } = read([["u", "Hi"], ["a", "One moment."], call, call, ["a", "There."]]);
    expect(answers).toEqual([
      { text: "One moment.", call: looked },
      { text: "", call: looked },
      { text: "There.", call: null },
    ]);
    expect(exchanges).toEqual([{ words: ["Hi"], answeredAt: 3 }]);
  });

  it("one that begins with the model gets an opening", () => {
    expect(
      read([
        ["a", "Hello."],
        ["u", "Hi"],
        ["a", "Well?"],
      ]).exchanges,
    ).toEqual([
      { words: ["(the conversation begins)"], answeredAt: 1 },
      { words: ["Hi"], answeredAt: 2 },
    ]);
    expect(read([call, ["a", "Hello."]]).exchanges).toEqual([
      { words: ["(the conversation begins)"], answeredAt: 2 },
    ]);
  });

  it("two turns of the user in a row are one input of two messages", () => {
    expect(
      read([
        ["u", "Hi"],
        ["u", "Hello?"],
        ["a", "Yes."],
      ]).exchanges,
    ).toEqual([{ words: ["Hi", "Hello?"], answeredAt: 1 }]);
  });

  it("words that nobody answered are not said", () => {
    expect(
      read([
        ["u", "Hi"],
        ["a", "Yes?"],
        ["u", "Bye"],
      ]).exchanges,
    ).toEqual([{ words: ["Hi"], answeredAt: 1 }]);
    expect(read([["u", "Hi"]]).exchanges).toEqual([]);
  });

  it("after a last call without words the model says that the recording ends", () => {
    expect(read([["u", "Hi"], call]).answers).toEqual([
      { text: "", call: looked },
      { text: "(the recording ends here)", call: null },
    ]);
    expect(read([["u", "Hi"], call, ["u", "And?"], ["a", "That."]]).answers.map(({ text }) => text)).toEqual([
      "",
      "(no answer was recorded)",
      "That.",
    ]);
  });

  it("a line of another shape is refused, with its place", async () => {
    const file = join(folder, "broken.jsonl");
    await writeFile(
      file,
      '{"id": "a", "domain": "d", "gt": [], "msgs": []}\n{"id": "b", "domain": "d", "gt": []}\n',
    );
    await expect(readJsonLines(file, conversationLine)).rejects.toThrow(`${file}:2`);
    await writeFile(file, "nonsense\n");
    await expect(readJsonLines(file, conversationLine)).rejects.toThrow(`${file}:1`);
    await expect(readJsonLines(join(folder, "none.jsonl.gz"), conversationLine)).rejects.toMatchObject({
      code: "request_invalid",
    });
  });

  it("labels of other calls are refused", async () => {
    const [first] = conversations;
    if (!first) throw new Error("The fixture is empty.");
    const others = first.answers.map((answer) =>
      answer.call ? { ...answer, call: { ...answer.call, args: { member: "m-9" } } } : answer,
    );
    await expect(readLabels(fixture("calls.jsonl"), [{ ...first, answers: others }])).rejects.toMatchObject({
      code: "request_invalid",
    });
    await expect(readLabels(fixture("calls.jsonl"), [{ ...first, id: "lib-9" }])).rejects.toMatchObject({
      code: "request_invalid",
    });
  });
});

describe("the recorded model", () => {
  it("answers by the messages alone, so the same conversation gets the same answer again", async () => {
    const answers = [
      { text: "one", call: { tool: "look", args: {}, result: "seen" } },
      { text: "two", call: null },
    ];
    const model = recordedModel((id) => (id === "c" ? answers : undefined));
    const begun = [new HumanMessage({ id: "c", content: "Hi" })];
    const called = [...begun, new AIMessage("one"), new ToolMessage({ content: "seen", tool_call_id: "1" })];
    const say = async (messages: typeof begun | typeof called) =>
      (await model.invoke({ messages, tools: [] })).text;
    expect([await say(begun), await say(called), await say(begun), await say(called)]).toEqual([
      "one",
      "two",
      "one",
      "two",
    ]);
    expect(model.lastAnswer("c")).toEqual(answers[1]);
    await expect(say([...called, new AIMessage("two")])).rejects.toThrow("ends after 2");
    await expect(say([new HumanMessage({ id: "other", content: "Hi" })])).rejects.toThrow("No recording");
  });
});

describe("holdpoint replay", () => {
  const runOn = async (
    terminal: ReturnType<typeof capturingTerminal>,
    file: string,
    ...options: string[]
  ) => {
    const code = await replayCommand.run([file, "--database", inject("clusterUrl"), ...options], terminal);
    return { code, ...terminal.said };
  };
  const run = (file: string, ...options: string[]) => runOn(capturingTerminal(), file, ...options);

  it("prints a table, in a database of its own that the next replay makes anew", async () => {
    await run(fixture("trajectories.jsonl"), "--limit", "1");
    const { code, out, err } = await run(fixture("trajectories.jsonl"), "--reviewer", "ground-truth");
    expect(code).toBe(0);
    expect(err).toBe("6 of 6 conversations\n");
    const lines = out.split("\n").map((line) => line.trim().replace(/\s{2,}/g, " | "));
    expect(lines).toContain("library | 4 | 12 | 7 | 5 | 0 | 3 | 2 | 4 | 2 of 2 | 0");
    expect(lines).toContain("shop | 2 | 3 | 2 | 1 | 0 | 0 | 1 | 0 | 1 of 2 | 0");
    expect(lines).toContain("total | 6 | 15 | 9 | 6 | 0 | 3 | 3 | 4 | 3 of 4 | 0");
    expect(await query(inject("clusterUrl"), "select to_regclass('holdpoint.threads') as found")).toEqual([
      { found: null },
    ]);
  });

  it("counts what a policy refuses: it does not run, nobody is asked, and what was recorded after it has diverged", async () => {
    const policy = join(folder, "policy.yaml");
    await writeFile(policy, `rules: [{ id: no-waiving, when: "tool == 'waive_fee'", verdict: deny }]`);
    const { code, out } = await run(fixture("trajectories.jsonl"), "--policy", policy, "--json");
    expect(code).toBe(0);
    const { domains }: ReplayReport = JSON.parse(out);
    expect(domains["library"]).toEqual(
      counts({
        conversations: 4,
        calls: 12,
        executedAtOnce: 8,
        held: 2,
        approved: 2,
        refused: 2,
        diverged: 2,
        wrongWrites: 2,
        wrongWritesStopped: 1,
      }),
    );
    const { out: table } = await run(fixture("trajectories.jsonl"), "--policy", policy);
    expect(table.replaceAll(/ {2,}/g, " | ")).toContain(
      "library | 4 | 12 | 8 | 2 | 2 | 2 | 0 | 2 | 1 of 2 | 0",
    );
    await writeFile(policy, "rules: [{}]");
    await expect(run(fixture("trajectories.jsonl"), "--policy", policy)).rejects.toMatchObject({
      code: "policy_invalid",
    });
  });

  it("without labels, what does not sound like reading is held, and wrong writes are not counted", async () => {
    const alone = join(folder, "trajectories.jsonl");
    await copyFile(fixture("trajectories.jsonl"), alone);
    const { code, out } = await run(alone, "--json");
    expect(code).toBe(0);
    const { total }: ReplayReport = JSON.parse(out);
    expect(total).toEqual({
      ...counts({ conversations: 6, calls: 15, executedAtOnce: 7, held: 8, approved: 8 }),
      wrongWrites: null,
      wrongWritesStopped: null,
    });
  });

  it("leaves a database of that name alone that no replay made, and one that is in use", async () => {
    const name = "somebodys_database";
    await query(inject("clusterUrl"), `create database ${name}`);
    await expect(createOwnDatabase(inject("clusterUrl"), name)).rejects.toMatchObject({
      code: "options_invalid",
    });
    await expect(createOwnDatabase(urlOf(inject("clusterUrl"), name), name)).rejects.toMatchObject({
      code: "options_invalid",
    });

    const user = new Client({
      connectionString: await createOwnDatabase(inject("clusterUrl"), "replay_in_use"),
    });
    await user.connect();
    await expect(createOwnDatabase(inject("clusterUrl"), "replay_in_use")).rejects.toMatchObject({
      code: "options_invalid",
    });
    await user.end();
  });

  it("says so where the login may not make a database", async () => {
    await query(inject("clusterUrl"), "create role replay_guest login password 'guest'");
    const guest = new URL(inject("clusterUrl"));
    guest.username = "replay_guest";
    guest.password = "guest";
    await expect(createOwnDatabase(guest.href, "replay_of_guest")).rejects.toMatchObject({
      code: "options_invalid",
      message: expect.stringContaining("CREATEDB"),
    });
  });

  it.each(["foo", "mysql://u:secret@h/db", "http://localhost"])(
    "a database %s is none, and is told what a database URL looks like",
    async (database) => {
      const answer = replayCommand.run(
        [fixture("trajectories.jsonl"), "--database", database],
        capturingTerminal(),
      );
      await expect(answer).rejects.toMatchObject({
        code: "options_invalid",
        message: expect.stringContaining("postgres://user:password@host:5432/database"),
      });
      await expect(answer).rejects.not.toThrow("secret");
    },
  );

  it("a file that is not there, or is a folder, is named", async () => {
    const absent = join(folder, "absent.jsonl");
    await expect(run(absent)).rejects.toThrow(`${absent} cannot be read: there is no such file.`);
    await expect(run(folder)).rejects.toThrow(`${folder} cannot be read: it is a folder.`);
  });

  it("an unknown option or reviewer is a slip of whoever typed it", async () => {
    await expect(run(fixture("trajectories.jsonl"), "--reviewer", "nobody")).rejects.toMatchObject({
      name: "UsageError",
    });
    await expect(run(fixture("trajectories.jsonl"), "--speed", "2")).rejects.toMatchObject({
      name: "UsageError",
    });
    await expect(run(fixture("trajectories.jsonl"), "--limit", "0")).rejects.toMatchObject({
      name: "UsageError",
    });
  });

  it("draws a bar that fills up where a person watches, over itself, and ends it with a line", async () => {
    const { code, err } = await runOn(
      capturingTerminal({}, { isWatched: true }),
      fixture("trajectories.jsonl"),
    );
    expect(code).toBe(0);
    const drawn = err.split("\r").filter((line) => line.startsWith("["));
    expect(drawn.at(-1)).toBe(`[${"#".repeat(30)}] 6 of 6 conversations\n`);
    expect(drawn.slice(0, -1).every((line) => /^\[#*\.+\] [0-5] of 6 conversations$/.test(line))).toBe(true);
    expect(drawn.length).toBeGreaterThan(3);
  });

  const data = process.env["HOLDPOINT_DATA"];
  it.skipIf(!data)(
    "every recorded conversation of the evaluation data comes to its end (needs HOLDPOINT_DATA)",
    async () => {
      const file = join(data ?? "", "tau_trajectories.dev.jsonl.gz");
      const { code, out } = await run(file, "--reviewer", "ground-truth", "--json");
      const { total, errors }: ReplayReport = JSON.parse(out);
      expect({ code, errors }).toEqual({ code: 0, errors: [] });
      expect(total).toMatchObject({ conversations: 513, calls: 4_773, refused: 0, wrongWrites: 208 });
      expect(total.executedAtOnce + total.approved + total.rejected).toBe(total.calls);
    },
    900_000,
  );

  it.skipIf(!data)(
    "of the evaluation data the first five conversations of each model and domain come to their end where everything is approved (needs HOLDPOINT_DATA)",
    async () => {
      const file = join(data ?? "", "tau_trajectories.dev.jsonl.gz");
      const lines = await readJsonLines(file, conversationLine.extend({ model: z.string() }));
      const sample = lines.filter(({ model, domain }, index) => {
        const before = lines.slice(0, index).filter((one) => one.model === model && one.domain === domain);
        return before.length < 5;
      });
      expect(sample.length).toBeGreaterThan(10);
      const chosen = sample.map(conversationFrom);
      const replayed = await replay({
        conversations: chosen,
        labels: await readLabels(labelFileOf(file) ?? "", lines.map(conversationFrom)),
        reviewer: "approve",
        databaseUrl: await testDatabase(),
        concurrency: 8,
      });
      expect(replayed.flatMap(({ error }) => error ?? [])).toEqual([]);
      const ends = replayed.flatMap(({ calls }) => calls);
      const recorded = chosen.flatMap(({ answers }) => answers.filter(({ call }) => call !== null));
      expect(ends).toHaveLength(recorded.length);
      expect(ends.filter((end) => end === "rejected" || end === "refused")).toEqual([]);
    },
    300_000,
  );
});

/** A tally of a fixture with labels: what is not given is 0. */
function counts(given: Partial<Tally>): Tally {
  return {
    conversations: 0,
    calls: 0,
    executedAtOnce: 0,
    held: 0,
    refused: 0,
    approved: 0,
    rejected: 0,
    diverged: 0,
    wrongWrites: 0,
    wrongWritesStopped: 0,
    errors: 0,
    ...given,
  };
}

async function resultsByThread(url: string): Promise<Record<string, string[]>> {
  const rows = await query<{ thread_id: string; result: string }>(
    url,
    "select thread_id, result from holdpoint.executions order by started_at",
  );
  const results: Record<string, string[]> = {};
  for (const { thread_id, result } of rows) (results[thread_id] ??= []).push(result);
  return results;
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
