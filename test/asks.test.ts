// The agent asks: `ask_human` and `hand_over` over HTTP, on a real database.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptedModel, type Script } from "../src/index.js";
import type { JsonObject } from "../src/kernel/json.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";

const refund = {
  question: "Refund all of it, or half?",
  options: [
    { label: "Refund all of it", rationale: "Two of three items came broken.", cost: "420 EUR" },
    { label: "Refund half" },
  ],
  why: "The policy names no amount for broken goods.",
};
const case8841 = {
  reason: "asked_for_a_person",
  summary: "Order 8841 came broken, and the customer does not want to talk to a machine.",
  tried: ["Offered a refund."],
  open: ["Whether the goods go back."],
};

/** Makes the calls that the user writes down, then says what it heard; at "recall", what it was ever answered. */
const caller: Script = (messages) => {
  if (messages.at(-1)?.text === "recall")
    return {
      text: `Recalled: ${messages
        .filter((one) => isToolMessage(one))
        .map(({ text }) => text)
        .join(" | ")}`,
    };
  const begin = messages.findLastIndex((message) => isHumanMessage(message));
  const heard = messages.slice(begin + 1).filter((message) => isToolMessage(message));
  if (heard.length > 0) return { text: `Heard: ${heard.map(({ text }) => text).join(" | ")}` };
  return { calls: JSON.parse(messages[begin]?.text ?? "[]") as { tool: string; args: JsonObject }[] };
};

const policy = `
rules:
  - { id: never, when: "tool == 'ask_human' && args.question.startsWith('May I lie')", verdict: deny, reason: "It may not." }
  - { id: pass, when: "tool == 'ask_human'", verdict: allow, reason: "Questions pass." }
  - { id: upset, when: "tool == 'hand_over' && args.reason == 'upset'", tier: lead }
tiers:
  team: { roles: [team] }
  lead: { roles: [lead] }
default: { tier: team }
`;
const options = {
  model: scriptedModel("caller", caller),
  builtIns: ["ask_human", "hand_over"],
  policy,
} as const;

let databaseUrl: string;
let at: Served;
beforeAll(async () => {
  databaseUrl = await testDatabase();
  at = await serve(databaseUrl, options);
});
afterAll(() => at.stop());

async function asked(tool: string, args: JsonObject, more: { tool: string; args: JsonObject }[] = []) {
  const { thread_id: threadId } = await at.client.threads.create();
  const state = await at.client.runs.wait(
    threadId,
    "support",
    say(JSON.stringify([{ tool, args }, ...more])),
  );
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  return {
    threadId,
    state: state as { __interrupt__?: { id: string; value: JsonObject }[] },
    reviews: body["items"] as JsonObject[],
  };
}

type Waiting = Awaited<ReturnType<typeof asked>>;

const decide = (review: JsonObject | undefined, body: JsonObject, of = at) =>
  request(`${of.url}/reviews/${String(review?.["id"])}/decision`, {
    body: { argsHash: review?.["argsHash"] ?? "", ...body },
  });

async function saidLast(threadId: string, of = at): Promise<string> {
  await of.runtime.waitForThread("default", threadId);
  const { values } = await of.client.threads.getState<{ messages: { content: string }[] }>(threadId);
  return String(values.messages.at(-1)?.content);
}

const executions = async (threadId: string) =>
  (await request(`${at.url}/executions?thread_id=${threadId}`)).body["items"] as unknown[];

const hold = ({ state }: Waiting) => state.__interrupt__?.[0];

describe("ask_human", () => {
  it("waits for a person of the default tier, also where a rule would let it pass, and nothing runs", async () => {
    const { threadId, reviews } = await asked("ask_human", refund);
    expect(reviews).toMatchObject([
      {
        kind: "ask",
        status: "open",
        title: refund.question,
        args: refund,
        tier: "team",
        allowedAnswers: ["respond"],
        reasons: [],
      },
    ]);
    expect((await decide(reviews[0], { type: "respond", message: "Half." })).status).toBe(200);
    expect(await saidLast(threadId)).toBe("Heard: A person answered: Half.");
    expect(await executions(threadId)).toEqual([]);
  });

  it("tells the agent which option was picked, that a person decided, and what they add", async () => {
    const picked = await asked("ask_human", refund);
    const answer = await decide(picked.reviews[0], {
      type: "respond",
      value: "Refund half",
      message: "Not more.",
    });
    expect(answer.body).toMatchObject({
      decision: { args: { picked: "Refund half" }, message: "Not more." },
    });
    expect(await saidLast(picked.threadId)).toBe("Heard: A person decided: Refund half\nThey add: Not more.");

    const worded = await asked("ask_human", refund);
    await decide(worded.reviews[0], { type: "respond", message: " Refund half " });
    expect(await saidLast(worded.threadId)).toBe("Heard: A person decided: Refund half");
  });

  it.each<[string, JsonObject, number, string]>([
    ["an option that was not offered", { type: "respond", value: "Refund double" }, 422, "args_invalid"],
    ["an option by its number", { type: "respond", value: 1 }, 422, "args_invalid"],
    ["nothing", { type: "respond" }, 422, "request_invalid"],
    ["blank words", { type: "respond", message: "  " }, 422, "request_invalid"],
    ["an approval", { type: "approve" }, 422, "answer_not_allowed"],
    ["an edit", { type: "edit", args: refund }, 422, "answer_not_allowed"],
    ["a rejection", { type: "reject", reason: "No." }, 422, "answer_not_allowed"],
    [
      "words to another question",
      { type: "respond", message: "Yes.", argsHash: "0".repeat(64) },
      409,
      "decision_stale",
    ],
  ])("is not answered by %s", async (_, answer, status, code) => {
    const { threadId, reviews } = await asked("ask_human", refund);
    expect(await decide(reviews[0], answer)).toMatchObject({ status, body: { code } });
    expect(await at.runtime.reviews.find("default", String(reviews[0]?.["id"]))).toMatchObject({
      status: "open",
    });
    expect(await executions(threadId)).toEqual([]);
  });

  it("is answered once: who comes second is told who was first", async () => {
    const { threadId, reviews } = await asked("ask_human", refund);
    const answers = await Promise.all(
      ["Refund half", "Refund all of it"].map((value) => decide(reviews[0], { type: "respond", value })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost?.body).toMatchObject({ code: "review_already_decided", decidedBy: "local" });
    const won = answers.find(({ status }) => status === 200)?.body["decision"] as {
      args: { picked: string };
    };
    expect(await saidLast(threadId)).toBe(`Heard: A person decided: ${won.args.picked}`);
  });

  it.each([
    ["the person who chats, in their thread", { kind: "person", roles: [] }, "thread"],
    ["somebody of another tier", { kind: "person", roles: ["lead"] }, "review"],
    ["an agent, whatever its roles", { kind: "agent", roles: ["team"] }, "review"],
  ] as const)("is not answered by %s", async (_, who, door) => {
    const { reviews } = await asked("ask_human", refund);
    const { id, argsHash } = reviews[0] as { id: string; argsHash: string };
    const answer = { type: "respond", value: "Refund half", argsHash } as const;
    const by = { id: "somebody", tenant: "default", kind: who.kind, roles: [...who.roles] };
    expect(await at.runtime.decide(by, id, answer, door)).toMatchObject({
      ok: false,
      error: { code: "decision_forbidden" },
    });
    const team = { ...by, kind: "person", roles: ["team"] } as const;
    expect(await at.runtime.decide(team, id, answer)).toMatchObject({ ok: true });
  });

  it("in a copy of the thread is asked anew, and the answer is not carried over", async () => {
    const { threadId, reviews } = await asked("ask_human", refund);
    const copy = await at.client.threads.copy(threadId);
    await decide(reviews[0], { type: "respond", value: "Refund half" });
    expect(await saidLast(threadId)).toContain("Refund half");
    const copyId = (copy as unknown as { thread_id: string }).thread_id;
    await at.runtime.waitForThread("default", copyId);
    const { values } = await at.client.threads.getState<{ messages: { content: string }[] }>(copyId);
    expect(JSON.stringify(values.messages)).not.toContain("A person decided");
    const { body } = await request(`${at.url}/reviews?thread_id=${copyId}`);
    expect(body["items"]).toMatchObject([{ kind: "ask", status: "open", args: refund }]);
  });

  it("is refused where a rule denies it, and where it is written wrongly; nobody is asked", async () => {
    for (const args of [
      { question: "May I lie to the customer?" },
      { question: " " },
      { question: "Which?", options: [{ label: "One" }, { label: "One " }] },
      {
        question: "Which?",
        options: Array.from({ length: 9 }, (_, index) => ({ label: `Option ${index}` })),
      },
    ]) {
      const { threadId, reviews } = await asked("ask_human", args);
      expect(reviews).toEqual([]);
      expect(await saidLast(threadId)).toMatch(/^Heard: Refused: /);
    }
  });

  it("does not keep a call beside it from its own way", async () => {
    const { threadId, reviews } = await asked("ask_human", refund, [{ tool: "read", args: { id: "a" } }]);
    expect(reviews).toHaveLength(1);
    expect(at.effects.of("read")).toContainEqual({ id: "a" });
    await decide(reviews[0], { type: "respond", value: "Refund half" });
    expect(await saidLast(threadId)).toBe("Heard: A person decided: Refund half | read a done");
  });

  it("outlives the process, and its answer is told once by the next one", async () => {
    const url = await testDatabase();
    const before = await serve(url, options);
    const { thread_id: threadId } = await before.client.threads.create();
    const words = say(JSON.stringify([{ tool: "ask_human", args: refund }]));
    await before.client.runs.wait(threadId, "support", words);
    await before.stop();
    const after = await serve(url, options);
    const [review] = (await request(`${after.url}/reviews?status=open`)).body["items"] as JsonObject[];
    expect((await decide(review, { type: "respond", value: "Refund half" }, after)).status).toBe(200);
    expect(await saidLast(threadId, after)).toBe("Heard: A person decided: Refund half");
    await after.stop();
    const again = await serve(url, options);
    expect(await decide(review, { type: "respond", value: "Refund all of it" }, again)).toMatchObject({
      status: 409,
    });
    const { values } = await again.client.threads.getState<{ messages: { type: string; content: string }[] }>(
      threadId,
    );
    expect(values.messages.filter(({ type }) => type === "tool")).toHaveLength(1);
    expect(await saidLast(threadId, again)).toBe("Heard: A person decided: Refund half");
    await again.stop();
  });

  it("that is withdrawn tells the agent that nobody answered", async () => {
    const { threadId } = await asked("ask_human", refund);
    await at.client.runs.wait(threadId, "support", { ...say("recall"), multitaskStrategy: "interrupt" });
    const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
    expect(body["items"]).toMatchObject([{ kind: "ask", status: "superseded" }]);
    expect(await saidLast(threadId)).toMatch(
      /^Recalled: Nobody answered: the question is superseded\. Do not guess/,
    );
  });
});

describe("hand_over", () => {
  it("is answered in words: how the agent is to go on", async () => {
    const { threadId, reviews } = await asked("hand_over", case8841);
    expect(reviews).toMatchObject([
      {
        kind: "handover",
        tier: "team",
        title: `The customer asks for a person: ${case8841.summary}`,
        args: case8841,
      },
    ]);
    expect(await decide(reviews[0], { type: "respond", value: "x" })).toMatchObject({ status: 422 });
    await decide(reviews[0], { type: "respond", message: "I called her; say goodbye." });
    expect(await saidLast(threadId)).toBe(
      "Heard: A person read what you handed over, and says how to go on: I called her; say goodbye.",
    );
    expect(await executions(threadId)).toEqual([]);
  });

  it("goes to the tier that a rule asks for", async () => {
    const { reviews } = await asked("hand_over", { reason: "upset", summary: "Third call." });
    expect(reviews).toMatchObject([
      { tier: "lead", reasons: [{ rule: "upset" }], args: { tried: [], open: [] } },
    ]);
  });
});

describe("a question in a chat front", () => {
  it("is shown with its words and options, and with nothing that would approve it", async () => {
    const waiting = await asked("ask_human", refund);
    expect(hold(waiting)?.value).toMatchObject({
      reason: "input_required",
      message: "Refund all of it, or half?\n- Refund all of it\n- Refund half",
      responseSchema: { required: ["answer"] },
      action_requests: [{ name: "ask_human", args: { ...refund, answer: "" } }],
      review_configs: [{ allowed_decisions: ["edit", "respond"] }],
      config: { allow_accept: false, allow_respond: true },
      holdpoint: { kind: "ask", allowedAnswers: ["respond"] },
    });
  });

  it.each<[string, (id: string) => unknown]>([
    ["its text", () => "Refund half"],
    ["its text, by the id of its interrupt", (id) => ({ [id]: "Refund half" })],
    ["a form of its schema", () => ({ answer: "Refund half" })],
    ["our own form", () => ({ type: "respond", value: "Refund half" })],
    ["LangChain's middleware", () => ({ decisions: [{ type: "respond", message: "Refund half" }] })],
    [
      "Agent Chat UI, in the field it can change",
      () => ({
        decisions: [
          { type: "edit", edited_action: { name: "ask_human", args: { ...refund, answer: "Refund half" } } },
        ],
      }),
    ],
    ["Agent Inbox, in words", () => [{ type: "response", args: "Refund half" }]],
    [
      "Agent Inbox, whose fields make text of all",
      () => ({
        decisions: [
          {
            type: "edit",
            args: {
              action: "ask_human",
              args: { ...refund, options: JSON.stringify(refund.options), answer: "Refund half" },
            },
          },
        ],
      }),
    ],
    ["AG-UI", (id) => [{ interruptId: id, status: "resolved", payload: { answer: "Refund half" } }]],
  ])("is answered by %s", async (_, resume) => {
    const waiting = await asked("ask_human", refund);
    await at.client.runs.wait(waiting.threadId, "support", {
      command: { resume: resume(String(hold(waiting)?.id)) },
    });
    expect(await saidLast(waiting.threadId)).toBe("Heard: A person decided: Refund half");
  });

  it.each<[string, unknown, string]>([
    ["an approval", { decisions: [{ type: "approve" }] }, "answer_not_allowed"],
    ["a rejection", { approved: false }, "answer_not_allowed"],
    [
      "a field that is empty",
      { decisions: [{ type: "edit", edited_action: { name: "ask_human", args: { answer: " " } } }] },
      "answer_not_allowed",
    ],
    [
      "a field of another tool",
      { decisions: [{ type: "edit", edited_action: { name: "pay", args: { answer: "x" } } }] },
      "answer_not_allowed",
    ],
    ["a bare yes", true, "request_invalid"],
    ["a field beside the answer", { answer: "Refund half", also: 1 }, "request_invalid"],
  ])("is not answered by %s", async (_, resume, code) => {
    const { threadId } = await asked("ask_human", refund);
    const answer = await request(`${at.url}/threads/${threadId}/runs/wait`, {
      body: { assistant_id: "support", command: { resume } },
    });
    expect(answer).toMatchObject({ status: 422, body: { code } });
  });
});
