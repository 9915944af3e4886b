import { HumanMessage } from "@langchain/core/messages";
import { Command, MemorySaver } from "@langchain/langgraph";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { GuardedGraph } from "../src/graph/guarded-graph.js";
import { testDatabase } from "./support/database.js";
import { at, pendingIds, type AnyGraph } from "./support/doors.js";

const before = process.env["DATABASE_URL"];
beforeAll(async () => {
  process.env["DATABASE_URL"] = await testDatabase();
});
afterAll(() => {
  if (before === undefined) delete process.env["DATABASE_URL"];
  else process.env["DATABASE_URL"] = before;
});

it("a host that loads langgraph.json and brings its own checkpointer gets an agent whose refunds wait", async () => {
  const { graphs } = JSON.parse(await readFile(new URL("../langgraph.json", import.meta.url), "utf8")) as {
    graphs: Record<string, string>;
  };
  const [path = "", name = ""] = (graphs["support"] ?? "").split(":");
  const module = (await import(new URL(`../${path}`, import.meta.url).href)) as Record<
    string,
    () => Promise<GuardedGraph>
  >;
  const made = await module[name]?.();
  if (!made) throw new Error(`${path} exports no ${name}.`);
  made.checkpointer = new MemorySaver();
  const graph = made as unknown as AnyGraph;

  const id = randomUUID();
  await graph.invoke({ messages: [new HumanMessage("Please refund 420 EUR for order 8841")] }, at(id));
  const { tasks } = await graph.getState(at(id));
  const [hold] = tasks.flatMap((task) => task.interrupts);
  expect(hold?.value?.holdpoint?.reviewId).toBeTruthy();
  await graph.invoke(new Command({ resume: { [hold?.id ?? ""]: { type: "approve" } } }), at(id));
  const after = await graph.getState(at(id));
  expect(pendingIds(after)).toEqual([hold?.id]);
  expect(after.values.messages?.some((message) => message.text.includes("Refunded"))).toBe(false);
});
