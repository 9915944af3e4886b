// A reviewer asks the agent about a call of its own. Only words come of it.
import { randomUUID } from "node:crypto";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoModel } from "../examples/support/demo-model.js";
import { reviewContextSchema } from "../src/http/contract.js";
import { scriptedModel, type Model, type ModelRequest } from "../src/index.js";
import { localPerson } from "../src/kernel/principal.js";
import { askAgent } from "../src/runtime/ask-agent.js";
import { obedient } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";

const policy =
  "tiers: { support: { roles: [support] }, risk: { roles: [risk] } }\ndefault: { tier: support }";

const asked: ModelRequest[] = [];
let says: () => AIMessage = () => new AIMessage("Because Mara wrote so.");
const chatting = scriptedModel("obedient", obedient);
const isQuestion = ({ messages }: ModelRequest) => messages.at(-1)?.text.includes("The question: ") === true;
const model: Model = {
  ...chatting,
  invoke: async (request) => {
    if (!isQuestion(request)) return chatting.invoke(request);
    asked.push(request);
    return says();
  },
};

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy, model, instructions: "Be brief." });
});
afterAll(() => desk.at.stop());

const held = async (words = `read a; pay ${randomUUID()} 5`) => {
  const { threadId, ids } = await desk.held(words);
  return { threadId, id: ids[0] ?? "" };
};
const ask = (who: Who, id: string, text = "Why this amount?") =>
  desk.as[who](`/reviews/${id}/questions`, { text });
const eventsOf = async (id: string) =>
  reviewContextSchema.parse((await desk.as.ada(`/reviews/${id}/context`)).body).events;
const stateOf = async (threadId: string) => {
  const { values, config } = await desk.at.runtime.stateOf(localPerson, { threadId, graphId: "support" });
  return JSON.stringify([values, config]);
};

describe("the agent is asked about its call", () => {
  it("answers from the conversation, without a tool at hand; that is kept with the review, and nothing else is", async () => {
    const { id, threadId } = await held();
    const before = await stateOf(threadId);
    const answer = await ask("ada", id);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        kind: "asked",
        by: { id: "key:ada" },
        question: "Why this amount?",
        answer: "Because Mara wrote so.",
      },
    });
    const [request] = asked.splice(0);
    expect(request?.tools).toEqual([]);
    const text = request?.messages.map((message) => message.text).join("\n") ?? "";
    for (const part of [
      "Be brief.",
      "User: read a; pay",
      "Tool read: read a done",
      "Tool: pay\nArguments: {",
    ])
      expect(text).toContain(part);
    expect(await eventsOf(id)).toEqual([answer.body]);
    expect(await stateOf(threadId)).toBe(before);
    expect((await desk.as.ada(`/reviews/${id}`)).body).toMatchObject({ status: "open", version: 1 });
  });

  it("calls that its model makes all the same are nothing: its words are taken, and no call without words", async () => {
    const { id, threadId } = await held();
    const calls = [{ name: "wipe", args: { id: "all" }, id: "c" }];
    says = () => new AIMessage({ content: "See.", tool_calls: calls });
    expect((await ask("ada", id)).body).toMatchObject({ answer: "See." });
    says = () => new AIMessage({ content: "", tool_calls: calls });
    expect(await ask("ada", id)).toMatchObject({ status: 502, body: { code: "agent_silent" } });
    expect(desk.at.effects.of("wipe")).toEqual([]);
    const { items } = await desk.at.runtime.reviews.list("default", { threadId, limit: 10 });
    expect(items).toHaveLength(1);
  });

  it("a model that fails is told plainly, without the provider's words, and leaves the hold as it was", async () => {
    const { id } = await held();
    says = () => {
      throw new Error("Incorrect API key provided: sk-secret");
    };
    const answer = await ask("ada", id);
    expect(answer).toMatchObject({ status: 502, body: { code: "agent_silent" } });
    expect(JSON.stringify(answer.body)).not.toContain("sk-secret");
    expect(await eventsOf(id)).toEqual([]);
    expect(await desk.as.ada(`/reviews/${id}`)).toMatchObject({ body: { status: "open" } });
  });

  it("only whoever may decide it asks, while it waits, and not at any length", async () => {
    says = () => new AIMessage("So.");
    const { id } = await held();
    await desk.as.ada(`/reviews/${id}/hand-on`, { to: { tier: "risk" } });
    expect(await ask("ada", id)).toMatchObject({ status: 403, body: { code: "decision_forbidden" } });
    expect(await ask("risk", id)).toMatchObject({ status: 200 });
    expect(await ask("risk", id, "x".repeat(4_001))).toMatchObject({ status: 422 });
    expect(await ask("risk", randomUUID())).toMatchObject({ status: 404 });
    const { argsHash } = (await desk.as.risk(`/reviews/${id}`)).body;
    await desk.as.risk(`/reviews/${id}/decision`, { type: "reject", argsHash });
    expect(await ask("risk", id)).toMatchObject({ status: 409, body: { code: "review_already_decided" } });
  });

  it("the demo model answers from what the user wrote, and says that it is none", async () => {
    const talk = [new HumanMessage("refund 420 EUR for order 8841")];
    const call = { tool: "issue_refund", args: { orderId: "8841" }, title: "Refund 420.00 EUR" };
    const words = await askAgent({ model: demoModel(), instructions: null }, talk, call, "Why?");
    expect(words).toContain('"Refund 420.00 EUR" because the user wrote: "refund 420 EUR for order 8841"');
    expect(words).toContain("Scripted demo model");
  });
});
