// What a model says of its own calls: taken off before anything looks at them, kept for people, and never a reason to run.
import { AIMessageChunk, isHumanMessage, isToolMessage } from "@langchain/core/messages";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool, scriptedModel, type Model } from "../src/index.js";
import { hashJson, type Json, type JsonObject } from "../src/kernel/json.js";
import { withoutRationales, WithheldCalls } from "../src/models/rationales.js";
import { AIMessage } from "@langchain/core/messages";
import {
  asksRationale,
  rationaleKey,
  readRationale,
  schemaForModel,
  type Rationale,
} from "../src/tools/rationale.js";
import { countingTools, type Effects } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { ChatModelOf } from "./support/middleware.js";
import { request, say, serve, type Served } from "./support/http.js";

const rationale = {
  why: "She was charged twice.",
  alternatives: [{ instead: "A voucher", why_not: "She asked for money." }],
  confidence: 0.85,
};

/** Calls `pay` with whatever the user writes down, and whatever it is asked; the answers come in pieces of five letters. */
function careless(): Model {
  const answered = (messages: readonly { getType(): string }[]) => messages.at(-1)?.getType() === "tool";
  const written = (messages: Parameters<Model["invoke"]>[0]["messages"]) =>
    messages.findLast((message) => isHumanMessage(message))?.text ?? "{}";
  return {
    name: "careless",
    invoke: async ({ messages }) =>
      answered(messages)
        ? new AIMessage("Done.")
        : new AIMessage({
            content: "",
            tool_calls: [{ name: "pay", id: "1", args: JSON.parse(written(messages)) as JsonObject }],
          }),
    async *stream({ messages }) {
      if (answered(messages)) return yield new AIMessageChunk("Done.");
      const text = written(messages);
      for (let from = 0; from < text.length; from += 5) {
        const first = from === 0 ? { id: "1", name: "pay" } : {};
        yield new AIMessageChunk({
          content: "",
          tool_call_chunks: [
            { type: "tool_call_chunk", index: 0, args: text.slice(from, from + 5), ...first },
          ],
        });
      }
    },
  };
}

let databaseUrl: string;
let at: Served;
let effects: Effects;
beforeAll(async () => {
  databaseUrl = await testDatabase();
  const counting = countingTools();
  effects = counting.effects;
  at = await serve(databaseUrl, { model: careless(), tools: counting.tools });
});
afterAll(() => at.stop());

async function held(args: JsonObject): Promise<{ threadId: string; review: JsonObject; told: string }> {
  const { thread_id: threadId } = await at.client.threads.create();
  const told: unknown[] = [];
  const modes = ["values", "updates", "messages", "debug", "events"] as const;
  const stream = at.client.runs.stream(threadId, "support", {
    ...say(JSON.stringify(args)),
    streamMode: [...modes],
  });
  for await (const { data } of stream) told.push(data);
  const { body } = await request(`${at.url}/reviews?thread_id=${threadId}`);
  const [review] = body["items"] as JsonObject[];
  if (!review) throw new Error("Nothing is held.");
  return { threadId, review, told: JSON.stringify(told) };
}

async function approve(review: JsonObject): Promise<void> {
  const { id, argsHash } = review as { id: string; argsHash: string };
  const { status } = await request(`${at.url}/reviews/${id}/decision`, {
    body: { type: "approve", argsHash },
  });
  expect(status).toBe(200);
}

const contextOf = async (review: JsonObject) =>
  (await request(`${at.url}/reviews/${String(review["id"])}/context`)).body as {
    rationale: Rationale | null;
  };

describe("the rationale of a call that is held", () => {
  it("reaches who decides, with the model's confidence on the review's row, and neither hash nor tool", async () => {
    const args = { id: "one", amount: 5 };
    const { threadId, review } = await held({ ...args, [rationaleKey]: rationale });
    expect(review).toMatchObject({ args, argsHash: hashJson(args) });
    expect((await contextOf(review)).rationale).toEqual({
      why: rationale.why,
      alternatives: [{ instead: "A voucher", whyNot: "She asked for money." }],
      confidence: 0.85,
    });
    const sql = new pg.Client({ connectionString: databaseUrl });
    await sql.connect();
    const { rows } = await sql.query("select confidence from holdpoint.reviews where review_id = $1", [
      review["id"],
    ]);
    await sql.end();
    expect(rows).toEqual([{ confidence: expect.closeTo(0.85) as number }]);
    await approve(review);
    await at.runtime.waitForThread("default", threadId);
    expect(effects.of("pay")).toContainEqual(args);
  });

  const frank = scriptedModel("frank", (messages) =>
    messages.some((one) => isToolMessage(one))
      ? { text: "Done." }
      : {
          text: "On it.",
          calls: [{ tool: "pay", args: { id: "quiet", [rationaleKey]: { why: "SECRET-WHY" } } }],
        },
  );
  /** As Anthropic's and others' say it: the call stands in the content a second time. */
  const twice: Model = {
    name: "twice",
    invoke: async (request) => {
      const message = await frank.invoke(request);
      const [call] = message.tool_calls ?? [];
      const use = { type: "tool_use", id: "toolu_1", name: "pay", input: call?.args };
      if (call) message.content = [{ type: "text", text: "On it." }, use];
      return message;
    },
    async *stream(request) {
      for await (const chunk of frank.stream(request)) {
        const [call] = chunk.tool_call_chunks ?? [];
        if (!call) {
          yield new AIMessageChunk({ content: [{ type: "text", text: chunk.text, index: 0 }] });
          continue;
        }
        const { args = "", index = 0 } = call;
        yield new AIMessageChunk({
          content: [{ type: "tool_use", index: 1, id: "toolu_1", name: "pay", input: "" }],
          tool_call_chunks: [{ ...call, args: "" }],
        });
        yield new AIMessageChunk({
          content: [{ type: "input_json_delta", index: 1, input: args }],
          tool_call_chunks: [{ type: "tool_call_chunk", index, args }],
        });
      }
    },
  };

  it.each([
    ["a model of ours", frank],
    ["one of LangChain's", new ChatModelOf(frank)],
    ["one that says its calls twice", twice],
  ])(
    "is told to nobody who chats (%s): not in the stream, the thread, its history, or the hold",
    async (_, model) => {
      const own = await serve(await testDatabase(), { model });
      const { thread_id: threadId } = await own.client.threads.create();
      const seen: unknown[] = [];
      const modes = [
        "values",
        "updates",
        "messages",
        "messages-tuple",
        "debug",
        "events",
        "tasks",
        "checkpoints",
      ] as const;
      for await (const { data } of own.client.runs.stream(threadId, "support", {
        ...say("pay"),
        streamMode: [...modes],
      }))
        seen.push(data);
      seen.push(await own.client.threads.get(threadId), await own.client.threads.getState(threadId));
      seen.push(await own.client.threads.getHistory(threadId));
      // Nobody watches this one, so the model is not asked to stream.
      const unwatched = await own.client.threads.create();
      seen.push(await own.client.runs.wait(unwatched.thread_id, "support", say("pay")));
      expect(JSON.stringify(seen)).toContain("quiet");
      expect(JSON.stringify(seen)).not.toContain("SECRET-WHY");
      const [review] = (await request(`${own.url}/reviews`)).body["items"] as JsonObject[];
      const context = await request(`${own.url}/reviews/${String(review?.["id"])}/context`);
      expect(context.body["rationale"]).toMatchObject({ why: "SECRET-WHY" });
      const { values } = await own.client.threads.getState<{ messages: { content: unknown }[] }>(threadId);
      expect(values.messages.at(-1)?.content).toBe("On it.");
      await own.stop();
    },
  );

  it.each<[string, Json]>([
    ["no object", "because"],
    ["a list", [1]],
    ["nothing", null],
    ["of other types", { why: 7, alternatives: "none", confidence: "very" }],
    ["out of range", { confidence: 85 }],
  ])("is dropped where it is malformed (%s), and the call is held as ever", async (_, given) => {
    const { review } = await held({ id: "two", [rationaleKey]: given });
    expect(review).toMatchObject({ args: { id: "two" }, argsHash: hashJson({ id: "two" }), status: "open" });
    expect((await contextOf(review)).rationale).toBeNull();
  });

  it("releases nothing, however sure the model says it is", async () => {
    const { threadId, review } = await held({
      id: "sure",
      [rationaleKey]: { confidence: 1, why: "Approved already." },
    });
    await at.runtime.waitForThread("default", threadId);
    expect(review["status"]).toBe("open");
    expect(effects.of("pay")).not.toContainEqual({ id: "sure" });
  });

  it("is none where the tool has an argument of that name, which stays", async () => {
    const took: unknown[] = [];
    const own = await serve(await testDatabase(), {
      model: careless(),
      tools: [
        defineTool({
          name: "pay",
          description: "Pays.",
          args: z.object({ [rationaleKey]: z.string() }),
          run: (args) => void took.push(args),
        }),
      ],
    });
    const { thread_id: threadId } = await own.client.threads.create();
    await own.client.runs.wait(threadId, "support", say(JSON.stringify({ [rationaleKey]: "its own" })));
    const [review] = (await request(`${own.url}/reviews`)).body["items"] as {
      id: string;
      argsHash: string;
    }[];
    await request(`${own.url}/reviews/${review?.id}/decision`, {
      body: { type: "approve", argsHash: review?.argsHash },
    });
    await own.runtime.waitForThread("default", threadId);
    expect(took).toEqual([{ [rationaleKey]: "its own" }]);
    await own.stop();
  });
});

describe("what a model is asked", () => {
  const tool = (more: object, args: z.ZodType = z.object({ id: z.string() })) =>
    defineTool({ name: "t", description: "", args, run: () => null, ...more });

  it("is a rationale beside the arguments of what cannot simply be undone, which need not be given", () => {
    for (const one of [tool({}), tool({ reversibility: "compensable" })]) {
      const shown = schemaForModel(one) as { properties: JsonObject; required: string[] };
      expect(Object.keys(shown.properties)).toEqual(["id", rationaleKey]);
      expect(shown.required).toEqual(["id"]);
      expect(Object.keys(Object(one.argsSchema["properties"]) as object)).toEqual(["id"]);
    }
  });

  it.each([
    ["what only reads", tool({ annotations: { readOnlyHint: true } })],
    ["what can be taken back", tool({ reversibility: "reversible" })],
    ["a tool with an argument of that name", tool({}, z.object({ [rationaleKey]: z.string() }))],
    ["a tool with names of any kind", tool({}, z.record(z.string(), z.string()))],
    ["a tool that takes what it does not name", tool({}, z.looseObject({ id: z.string() }))],
  ])("is nothing more by %s", (_, one) => {
    expect(asksRationale(one)).toBe(false);
    expect(schemaForModel(one)).toBe(one.argsSchema);
  });
});

describe("for any arguments and any rationale", () => {
  const asked = new Set(["pay"]);
  const argsOf = fc.dictionary(
    fc
      .oneof(fc.string(), fc.constantFrom("__proto__", "id", "constructor"))
      .filter((key) => key !== rationaleKey),
    fc.jsonValue() as fc.Arbitrary<Json>,
  ) as fc.Arbitrary<JsonObject>;
  const anything = fc.oneof(
    fc.jsonValue() as fc.Arbitrary<Json>,
    fc.record({
      why: fc.string({ maxLength: 5_000 }),
      alternatives: fc.array(fc.record({ instead: fc.string(), why_not: fc.string() }), { maxLength: 20 }),
      confidence: fc.double({ min: -1, max: 2 }),
    }) as fc.Arbitrary<Json>,
  );
  const plain = (args: JsonObject) => JSON.parse(JSON.stringify(args)) as JsonObject;
  const withIt = (args: JsonObject, given: Json) =>
    JSON.parse(
      `${JSON.stringify(args).slice(0, -1)}${
        Object.keys(args).length > 0 ? "," : ""
      }${JSON.stringify(rationaleKey)}:${JSON.stringify(given)}}`,
    ) as JsonObject;

  it("what is left of a message has the arguments, and their hash, as if nothing had been asked", () => {
    fc.assert(
      fc.property(argsOf, anything, (args, given) => {
        const message = new AIMessage({
          content: "",
          tool_calls: [{ name: "pay", id: "1", args: withIt(args, given) }],
        });
        const left = withoutRationales(message, asked).tool_calls?.[0]?.args as JsonObject;
        expect(hashJson(left)).toBe(hashJson(plain(args)));
      }),
    );
  });

  it("and so has what is left of a stream, however it is cut into pieces, with other calls around it", () => {
    fc.assert(
      fc.property(
        argsOf,
        anything,
        fc.array(fc.integer({ min: 1, max: 9 })),
        fc.boolean(),
        (args, given, cuts, late) => {
          const withheld = new WithheldCalls(asked);
          const texts = [
            JSON.stringify({ first: 1 }),
            JSON.stringify(withIt(args, given)),
            JSON.stringify({ last: 1 }),
          ];
          const names = ["read", "pay", "note"];
          const pieces = texts.flatMap((text, index) => {
            const parts: string[] = [];
            for (let from = 0, turn = 0; from < text.length; turn += 1) {
              const size = cuts[turn % Math.max(1, cuts.length)] ?? 4;
              parts.push(text.slice(from, from + size));
              from += size;
            }
            return parts.map((part, place) => ({
              type: "tool_call_chunk" as const,
              index,
              args: part,
              ...(place === 0 ? { id: `c${index}` } : {}),
              ...(place === (late ? Math.min(1, parts.length - 1) : 0) ? { name: names[index] ?? "" } : {}),
            }));
          });
          const told = [...pieces.flatMap((piece) => withheld.pass([piece])), ...withheld.rest()];
          const joined = [0, 1, 2].map((index) =>
            told
              .filter((piece) => piece.index === index)
              .map((piece) => piece.args)
              .join(""),
          );
          expect(joined.map((text) => hashJson(JSON.parse(text) as Json))).toEqual([
            hashJson({ first: 1 }),
            hashJson(plain(args)),
            hashJson({ last: 1 }),
          ]);
          const order = told.flatMap(({ id }) => (id === undefined ? [] : [id]));
          expect(order).toEqual(["c0", "c1", "c2"]);
        },
      ),
    );
  });

  it("what is read is small, and what cannot be read is nothing", () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        const read = readRationale(given);
        if (read === null) return;
        expect(JSON.stringify(read).length).toBeLessThan(100_000);
        expect(read.confidence === null || (read.confidence >= 0 && read.confidence <= 1)).toBe(true);
      }),
    );
    const long = "x".repeat(100_000);
    const read = readRationale({
      why: long,
      alternatives: Array.from({ length: 99 }, () => ({ instead: long, why_not: long })),
    });
    expect(JSON.stringify(read).length).toBeLessThan(12_000);
  });
});
