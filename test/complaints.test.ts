// What went wrong before is known when the same is done again: complaints about earlier calls.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { complainCommand } from "../src/cli/complain.js";
import { storySchema, type ExecutionList, type ReviewList } from "../src/http/contract.js";
import { defineTool, scriptedModel } from "../src/index.js";
import { complaintIn } from "../src/risk/complaints.js";
import { valuesNamed } from "../src/risk/values.js";
import { testDatabase } from "./support/database.js";
import { request, say } from "./support/http.js";
import { capturingTerminal } from "./support/terminal.js";
import { serveDesk, type Desk } from "./support/people.js";

let desk: Desk;
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), {
    policy: "tiers:\n  support: { roles: [support] }\n",
    tools: [
      defineTool({
        name: "tag_order",
        description: "Tags an order.",
        args: z.object({ order_id: z.string() }),
        reversibility: "reversible",
        run: ({ order_id }) => `${order_id} is tagged.`,
      }),
    ],
    model: scriptedModel("tagging", (messages) => {
      const last = messages.at(-1);
      return last?.getType() === "tool"
        ? { text: "Done." }
        : { text: "On it.", calls: [{ tool: "tag_order", args: { order_id: last?.text ?? "" } }] };
    }),
  });
});
afterAll(() => desk.at.stop());

async function tagged(
  order: string,
): Promise<{ threadId: string; executions: string[]; reasons: { rule: string; text: string }[] }> {
  const { thread_id: threadId } = await desk.at.client.threads
    .create()
    .catch(() => ({ thread_id: randomUUID() }));
  await desk.as.ada(`/threads/${threadId}/runs/wait`, {
    assistant_id: "support",
    if_not_exists: "create",
    ...say(order),
  });
  const list = async <Body>(path: string) => (await desk.as.ada(path)).body as unknown as Body;
  const { items } = await list<ExecutionList>(`/executions?thread_id=${threadId}`);
  const reviews = await list<ReviewList>(`/reviews?thread_id=${threadId}`);
  return {
    threadId,
    executions: items.map(({ id }) => id),
    reasons: reviews.items.flatMap(({ reasons }) => reasons),
  };
}
const complain = (executionId: string, text: string, who: "ada" | "guest" = "ada") =>
  desk.as[who](`/executions/${executionId}/complaints`, { text });

describe("a complaint about what was done", () => {
  it("holds the next call about the same, with its words, and no other", async () => {
    const order = `A-${randomUUID().slice(0, 8)}`;
    const { executions, reasons } = await tagged(order);
    expect([executions.length, reasons]).toEqual([1, []]);
    const told = await complain(executions[0] ?? "", "It was the neighbour's order.");
    expect([told.status, told.body]).toMatchObject([
      200,
      { executionId: executions[0], text: "It was the neighbour's order.", by: { id: "key:ada" } },
    ]);
    const again = await tagged(order);
    expect(again.executions).toEqual([]);
    expect(again.reasons).toEqual([
      {
        rule: "prior-complaint",
        text: `What this tool did for order_id ${order} was complained about once: “It was the neighbour's order.”`,
      },
    ]);
    expect((await tagged(`B-${randomUUID().slice(0, 8)}`)).reasons).toEqual([]);
  });

  it("is told on the command line by the review that let the call go, and not before it was made", async () => {
    const order = `D-${randomUUID().slice(0, 8)}`;
    await complain((await tagged(order)).executions[0] ?? "", "Wrong house.");
    const { threadId } = await tagged(order);
    const [review] = ((await desk.as.ada(`/reviews?thread_id=${threadId}`)).body as unknown as ReviewList)
      .items;
    const { id = "", argsHash } = review ?? {};
    const told = async (text: string) => {
      const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.ada });
      const code = await complainCommand.run([id, text], terminal);
      return { code, ...terminal.said };
    };
    await expect(told("Too early.")).rejects.toThrow("nothing was done yet");
    await desk.as.ada(`/reviews/${id}/decision`, { type: "approve", argsHash });
    await desk.at.runtime.waitForThread("default", threadId);
    expect(await told("Wrong house, again.")).toMatchObject({
      code: 0,
      out: expect.stringContaining("The next call of tag_order about the same waits for a person."),
    });
    expect((await tagged(order)).reasons).toEqual([
      { rule: "prior-complaint", text: expect.stringContaining("Wrong house, again.") as unknown },
    ]);
    const { body } = await desk.as.ada(`/threads/${threadId}/story`);
    const calls = storySchema.parse(body).turns.flatMap((turn) => turn.calls);
    expect(calls.map(({ record }) => record?.execution?.complaints)).toMatchObject([
      [{ text: "Wrong house, again.", by: { id: "key:ada" } }],
    ]);
  });

  it("is made by staff, about something that was done", async () => {
    const { executions } = await tagged(`C-${randomUUID().slice(0, 8)}`);
    const [id = ""] = executions;
    expect((await complain(id, "x", "guest")).body["code"]).toBe("access_forbidden");
    expect((await complain(randomUUID(), "x")).body["code"]).toBe("not_found");
    expect((await complain("nonsense", "x")).body["code"]).toBe("not_found");
    expect((await complain(id, "  ")).body["code"]).toBe("request_invalid");
    expect(
      (await request(`${desk.at.url}/executions/${id}/complaints`, { body: { text: "x" } })).status,
    ).toBe(401);
  });
});

describe("what two calls have in common", () => {
  const about = (args: Record<string, string | number>, earlier: Record<string, string | number>[]) =>
    complaintIn(
      valuesNamed(args, null),
      earlier.map((one, index) => ({ args: one, text: `complaint ${index}` })),
      null,
    );
  it("is an id, an address or a recipient at the same place; the newest complaint is told, and how many there are", () => {
    expect(
      about({ order_id: "A-1" }, [{ order_id: "A-2" }, { order_id: "A-1" }, { order_id: "A-1" }]),
    ).toMatchObject({ text: "complaint 1", count: 2, value: { path: "order_id" } });
    expect(about({ email: "a@b.example" }, [{ email: "a@b.example" }])).not.toBeNull();
  });
  it.each<[string, Record<string, string | number>, Record<string, string | number>]>([
    ["an amount", { amount: 420 }, { amount: 420 }],
    ["a day", { date: "2026-05-03" }, { date: "2026-05-03" }],
    ["the same value at another place", { order_id: "A-1" }, { customer_id: "A-1" }],
    [
      "words",
      { note: "as he asked, and so on, for a good while" },
      { note: "as he asked, and so on, for a good while" },
    ],
  ])("is not %s", (_, args, earlier) => {
    expect(about(args, [earlier])).toBeNull();
  });
});
