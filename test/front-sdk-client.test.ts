// A program with nothing but LangGraph's own client, in the words of LangChain's middleware.
import type { ThreadState } from "@langchain/langgraph-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "./support/database.js";
import { argsIn, decideElsewhere, doneWith, fresh, shownFor } from "./support/fronts.js";
import { say, serve, type Served } from "./support/http.js";

let at: Served;
beforeAll(async () => {
  at = await serve(await testDatabase());
});
afterAll(() => at.stop());

interface Rest {
  messages: { content: string }[];
  __interrupt__?: { id?: string; value?: unknown }[];
}

const wait = async (threadId: string, payload: object): Promise<Rest> =>
  (await at.client.runs.wait(threadId, "support", payload)) as unknown as Rest;

/** The last of what a stream shows. */
async function stream(threadId: string, payload: object): Promise<Rest> {
  let last: Rest = { messages: [] };
  for await (const { event, data } of at.client.runs.stream(threadId, "support", payload))
    if (event === "values") last = data as unknown as Rest;
  return last;
}

async function held(words: string) {
  const { thread_id: threadId } = await at.client.threads.create();
  const { __interrupt__: waits = [] } = await stream(threadId, say(words));
  return { threadId, waits };
}

const resume = (value: unknown) => ({ command: { resume: value } });
const lastWords = ({ messages }: Rest): string => messages.at(-1)?.content ?? "";
const pendingIn = ({ tasks }: ThreadState) => tasks.flatMap(({ interrupts }) => interrupts);

describe("a hold, by LangGraph's client", () => {
  it("is shown, and runs once when it is approved", async () => {
    const id = fresh();
    const { threadId, waits } = await held(`pay ${id} 420`);
    expect(argsIn(waits[0]?.value)).toEqual({ id, amount: 420 });
    expect(doneWith(at, id)).toEqual([]);
    const rest = await stream(threadId, resume({ decisions: [{ type: "approve" }] }));
    expect(lastWords(rest)).toBe(`Heard: pay ${id} done`);
    expect(rest.__interrupt__).toBeUndefined();
    expect(doneWith(at, id)).toEqual([{ id, amount: 420 }]);
  });

  it.each([
    ["camelCase", "editedAction"],
    ["snake_case", "edited_action"],
  ])("runs what it was edited to, in %s", async (_, field) => {
    const id = fresh();
    const { threadId } = await held(`pay ${id} 420`);
    const decision = { type: "edit", [field]: { name: "pay", args: { id, amount: 42 } } };
    expect(lastWords(await wait(threadId, resume({ decisions: [decision] })))).toContain("A person changed");
    expect(doneWith(at, id)).toEqual([{ id, amount: 42 }]);
  });

  it("does not run when it is rejected, or answered in the tool's stead", async () => {
    for (const [decision, told] of [
      [{ type: "reject", message: "Too much." }, "A person rejected this call: Too much."],
      [{ type: "respond", message: "It is paid already." }, "the tool did not run. It is paid already."],
    ] as const) {
      const id = fresh();
      const { threadId } = await held(`pay ${id} 420`);
      expect(lastWords(await wait(threadId, resume({ decisions: [decision] })))).toContain(told);
      expect(doneWith(at, id)).toEqual([]);
    }
  });

  it("is answered by its id beside another one, or both at once", async () => {
    const [a, b, c, d] = [fresh(), fresh(), fresh(), fresh()];
    const approve = { decisions: [{ type: "approve" }] };
    const one = await held(`pay ${a} 1; pay ${b} 2`);
    const rest = await wait(one.threadId, resume({ [shownFor(one.waits, b).id]: approve }));
    expect((rest.__interrupt__ ?? []).map(({ value }) => argsIn(value)["id"])).toEqual([a]);
    await wait(one.threadId, resume(approve));
    const two = await held(`pay ${c} 1; pay ${d} 2`);
    await wait(
      two.threadId,
      resume({
        [shownFor(two.waits, c).id]: { decisions: [{ type: "reject" }] },
        [shownFor(two.waits, d).id]: approve,
      }),
    );
    expect([a, b, c, d].map((id) => doneWith(at, id).length)).toEqual([1, 1, 0, 1]);
  });

  it("stays while something else is said, and is there for another client, which decides it", async () => {
    const id = fresh();
    const { threadId, waits } = await held(`pay ${id} 1`);
    expect((await wait(threadId, say(`read ${id}`))).__interrupt__).toEqual(waits);
    const [again] = pendingIn(await at.client.threads.getState(threadId));
    expect(again).toMatchObject({ id: waits[0]?.id, value: waits[0]?.value });
    await wait(threadId, resume({ [again?.id ?? ""]: { decisions: [{ type: "approve" }] } }));
    await at.runtime.waitForThread("default", threadId);
    const { values } = await at.client.threads.getState(threadId);
    expect(lastWords(values as unknown as Rest)).toBe(`Heard: read ${id} done`);
    expect(doneWith(at, id)).toEqual([{ id, amount: 1 }, { id }]);
  });

  it("goes on in a stream of its thread where somebody else decides", async () => {
    const id = fresh();
    const { threadId } = await held(`pay ${id} 1`);
    const leaving = new AbortController();
    const events = at.client.threads.joinStream(threadId, { signal: leaving.signal });
    await decideElsewhere(at, threadId, id, { type: "approve" });
    for await (const { event, data } of events) {
      if (event === "values" && lastWords(data as Rest) === `Heard: pay ${id} done`) break;
    }
    leaving.abort();
    expect(pendingIn(await at.client.threads.getState(threadId))).toEqual([]);
    await expect(wait(threadId, resume({ decisions: [{ type: "reject" }] }))).rejects.toThrow(
      "local made the last one",
    );
    expect(doneWith(at, id)).toHaveLength(1);
  });
});
