// AG-UI: its agent for LangGraph, as CopilotKit's runtime drives it, checked by its own client.
import type { Interrupt, Message, ResumeEntry } from "@ag-ui/core";
import { LangGraphAgent } from "@ag-ui/langgraph";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { testDatabase } from "./support/database.js";
import { decideElsewhere, doneWith, fresh, openReviews } from "./support/fronts.js";
import { serve, type Served } from "./support/http.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

/** A page: what was said is in it, or comes with the first run. */
function open(threadId: string): LangGraphAgent {
  return new LangGraphAgent({
    deploymentUrl: at.url,
    graphId: "support",
    threadId,
    // Answered in AG-UI's own words, and not by LangGraph's command.
    emitInterruptOutcome: true,
    enableLegacyOnInterruptEvent: false,
  });
}

async function held(words: string): Promise<{ threadId: string; agent: LangGraphAgent }> {
  const { thread_id: threadId } = await at.client.threads.create();
  const agent = open(threadId);
  agent.addMessage({ id: fresh(), role: "user", content: words });
  await agent.runAgent();
  return { threadId, agent };
}

const resolved =
  (payload: object) =>
  (interrupt: Interrupt | undefined): ResumeEntry => ({
    interruptId: interrupt?.id ?? "",
    status: "resolved",
    payload,
  });
const approved = resolved({ approved: true });

/** What the agent said. Its client puts what it had not streamed itself behind what it had, so the order is its own. */
const said = ({ messages }: { messages: Message[] }): string[] =>
  messages.filter(({ role }) => role === "assistant").map(({ content }) => String(content));

/** Of what waits, the part for one name. */
const waitingFor = (agent: LangGraphAgent, id: string): Interrupt | undefined =>
  agent.pendingInterrupts.find(({ message }) => message?.includes(id));

/** What a run throws; it tells the console of it too. */
async function refusalOf(run: Promise<unknown>): Promise<string> {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    await run;
    return "went through";
  } catch (error) {
    return String(error);
  } finally {
    quiet.mockRestore();
  }
}

describe("a hold in an agent of AG-UI", () => {
  it("is an interrupt of a tool call, which says how it may be answered", async () => {
    const id = fresh();
    const { agent } = await held(`pay ${id} 420`);
    const [interrupt] = agent.pendingInterrupts;
    const calls = agent.messages.flatMap((message) =>
      "toolCalls" in message ? (message.toolCalls ?? []) : [],
    );
    expect(interrupt).toMatchObject({
      reason: "tool_call",
      message: expect.stringContaining(`pay: id ${id}, amount 420 waits for approval`),
      toolCallId: calls[0]?.id,
      responseSchema: {
        properties: { approved: { type: "boolean" }, editedArgs: { properties: { id: {}, amount: {} } } },
        required: ["approved"],
      },
    });
    // No deadline is no field: a client takes null for none of its forms.
    expect(interrupt).not.toHaveProperty("expiresAt");
    expect(doneWith(at, id)).toEqual([]);
  });

  it("runs once when it is approved", async () => {
    const id = fresh();
    const { agent } = await held(`pay ${id} 420`);
    await agent.runAgent({ resume: [approved(agent.pendingInterrupts[0])] });
    expect(said(agent)).toContain(`Heard: pay ${id} done`);
    expect(agent.pendingInterrupts).toEqual([]);
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it("runs what it was edited to", async () => {
    const id = fresh();
    const { agent } = await held(`pay ${id} 420`);
    const edited = resolved({ approved: true, editedArgs: { id, amount: 42 } });
    await agent.runAgent({ resume: [edited(agent.pendingInterrupts[0])] });
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is denied, and the agent is told why", async () => {
    const id = fresh();
    const { agent } = await held(`pay ${id} 420`);
    const denied = resolved({ approved: false, reason: "Too much." });
    await agent.runAgent({ resume: [denied(agent.pendingInterrupts[0])] });
    expect(said(agent).join()).toContain("A person rejected this call: Too much.");
    expect(doneWith(at, id)).toEqual([]);
  });

  it("does not run when it is given up", async () => {
    const id = fresh();
    const { agent } = await held(`pay ${id} 420`);
    const [interrupt] = agent.pendingInterrupts;
    await agent.runAgent({ resume: [{ interruptId: interrupt?.id ?? "", status: "cancelled" }] });
    expect(said(agent).join()).toContain("A person rejected this call: Cancelled");
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is answered together with another one, each in its way", async () => {
    const [a, b] = [fresh(), fresh()];
    const { agent } = await held(`pay ${a} 1; pay ${b} 2`);
    expect(agent.pendingInterrupts).toHaveLength(2);
    await agent.runAgent({
      resume: [approved(waitingFor(agent, b)), resolved({ approved: false })(waitingFor(agent, a))],
    });
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], [{ id: b, amount: 2 }]]);
  });

  it("is not answered without the other one: by its client, and where that does not look, by the server", async () => {
    const [a, b] = [fresh(), fresh()];
    const { agent } = await held(`pay ${a} 1; pay ${b} 2`);
    const one = approved(waitingFor(agent, a));
    expect(await refusalOf(agent.runAgent({ resume: [one] }))).toContain("not addressed");
    agent.pendingInterrupts = [];
    expect(await refusalOf(agent.runAgent({ resume: [one] }))).toContain("2 holds wait");
    expect([doneWith(at, a), doneWith(at, b)]).toEqual([[], []]);
  });

  it("keeps its agent from hearing anything else, which is how AG-UI has it", async () => {
    const id = fresh();
    const { threadId, agent } = await held(`pay ${id} 1`);
    agent.addMessage({ id: fresh(), role: "user", content: `read ${id}` });
    expect(await refusalOf(agent.runAgent())).toContain("not addressed");
    const again = open(threadId);
    again.addMessage({ id: fresh(), role: "user", content: `read ${id}` });
    await again.runAgent();
    expect(again.pendingInterrupts).toHaveLength(1);
    expect(await openReviews(at, threadId)).toHaveLength(1);
    expect(doneWith(at, id)).toEqual([]);
  });

  it("is there after a reload, and can be decided there", async () => {
    const id = fresh();
    const { threadId } = await held(`pay ${id} 1`);
    const again = open(threadId);
    await again.runAgent();
    await again.runAgent({ resume: [approved(again.pendingInterrupts[0])] });
    expect(said(again)).toContain(`Heard: pay ${id} done`);
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("answered too late is an error that says who was faster", async () => {
    const id = fresh();
    const { threadId, agent } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const late = agent.runAgent({ resume: [resolved({ approved: false })(agent.pendingInterrupts[0])] });
    expect(await refusalOf(late)).toContain("local made the last one");
    expect(doneWith(at, id)).toHaveLength(1);
  });

  it("decided by somebody else, the talk goes on after a reload", async () => {
    const id = fresh();
    const { threadId, agent } = await held(`pay ${id} 1`);
    await decideElsewhere(at, threadId, id, { type: "approve" });
    await at.runtime.waitForThread("default", threadId);
    const again = open(threadId);
    again.setMessages(agent.messages);
    again.addMessage({ id: fresh(), role: "user", content: `read ${id}` });
    await again.runAgent();
    expect(said(again)).toEqual(expect.arrayContaining([`Heard: pay ${id} done`, `Heard: read ${id} done`]));
  });

  it("is answered by LangGraph's command too, as CopilotKit's older hooks do it", async () => {
    const id = fresh();
    const { threadId } = await held(`pay ${id} 1`);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const again = open(threadId);
    await again.runAgent({ forwardedProps: { command: { resume: JSON.stringify({ approved: true }) } } });
    warned.mockRestore();
    expect(said(again)).toContain(`Heard: pay ${id} done`);
    expect(doneWith(at, id)).toHaveLength(1);
  });
});
