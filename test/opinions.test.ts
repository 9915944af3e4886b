// Other models are asked about calls that a score may let run, through a whole agent; their word is one signal of its score.
import { isHumanMessage, isToolMessage } from "@langchain/core/messages";
import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createHoldpoint,
  defineTool,
  scriptedModel,
  type Holdpoint,
  type Review,
  type Script,
} from "../src/index.js";
import type { Model, ModelRequest } from "../src/models/port.js";
import type { RoutingOptions } from "../src/options.js";
import { neededFor } from "../src/policies/certify.js";
import { openDatabase } from "../src/storage/database.js";
import { testDatabase } from "./support/database.js";

const needed = neededFor({ maxError: 0.3, confidence: 0.75 });
const policyBy = (signals: string) =>
  `routing: { maxError: 0.3, confidence: 0.75, sample: 0.01, signals: ${signals} }\ntiers: { team: { roles: [support] } }\n`;

const args = z.object({ ticket: z.string(), tag: z.string() });
const tools = [
  defineTool({
    name: "tag_ticket",
    description: "Tags a ticket.",
    args,
    reversibility: "reversible",
    run: () => "tagged",
  }),
  defineTool({ name: "close_account", description: "Closes an account.", args, run: () => "closed" }),
];

/** "tag_ticket T-1 late": the tool, the ticket and the word. */
const script: Script = (messages) => {
  const asked = messages.findLast((message) => isHumanMessage(message))?.text ?? "";
  const [tool = "", ticket = "", tag = ""] = asked.split(" ");
  return messages.some((message) => isToolMessage(message))
    ? { text: "Done." }
    : { text: "On it.", calls: [{ tool, args: { ticket, tag } }] };
};

/** Says so much of every call, and counts how often it is asked. */
function sayingThat(right: () => number | string, name = "judge"): { model: Model; asked: () => number } {
  let asked = 0;
  const model = scriptedModel(name, () => {
    asked += 1;
    const said = right();
    return { text: typeof said === "number" ? JSON.stringify({ right: said, why: "So it seems." }) : said };
  });
  return { model, asked: () => asked };
}

let database: string;
let running: Holdpoint[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
});

async function agent(
  signals: string,
  routing: RoutingOptions,
  policy = policyBy(signals),
): Promise<Holdpoint> {
  const model = scriptedModel("tagger", script);
  const name = `agent-${randomUUID().slice(0, 8)}`;
  const started = await createHoldpoint({ name, model, tools, policy, routing, database: { url: database } });
  running.push(started);
  return started;
}

/** In a conversation of its own; one that is shown by chance is left as it is, and another one begun. */
async function called(
  holdpoint: Holdpoint,
  what = "tag_ticket T-1 late",
): Promise<{ threadId: string; review: Review | undefined; rules: string[] }> {
  const threadId = randomUUID();
  await holdpoint.send(threadId, what);
  const [review] = await holdpoint.reviews({ threadId });
  if (review?.reasons[0]?.rule === "sampled") return called(holdpoint, what);
  return { threadId, review, rules: review?.reasons.map(({ rule }) => rule) ?? [] };
}

async function partsOf(threadId: string): Promise<unknown> {
  const db = openDatabase({ url: database, roles: true, maxConnections: 1 });
  try {
    const [row] = await db.once<{ parts: unknown }>(
      { tenant: "default" },
      "select assessment -> 'score' -> 'parts' as parts from holdpoint.actions where thread_id = $1",
      [threadId],
    );
    return row?.parts;
  } finally {
    await db.close();
  }
}

/** Approves until a call runs by itself. */
async function earn(holdpoint: Holdpoint): Promise<void> {
  for (let approved = 0; approved < needed + 3; approved += 1) {
    const { threadId, review } = await called(holdpoint);
    if (!review) return;
    await holdpoint.decide(review.id, { type: "approve", argsHash: review.argsHash });
    await holdpoint.wait(threadId);
  }
  throw new Error("It never ran by itself.");
}

describe("the model's own word", () => {
  const said = { why: "Asked for.", confidence: 0.7 };

  /** Credits points, by a model that notes what it is asked beside the arguments. */
  async function crediting(reversibility: "reversible" | "compensable", signals: string, logprobs = false) {
    const credit = defineTool({
      name: "credit_points",
      description: "Credits points.",
      args: z.object({ points: z.number() }),
      reversibility,
      run: () => "credited",
    });
    const look = defineTool({
      name: "look",
      description: "Looks.",
      args: z.object({ at: z.string() }),
      annotations: { readOnlyHint: true },
      run: () => "seen",
    });
    const wanted: string[][] = [];
    const script = scriptedModel("sure", () => ({
      calls: [{ tool: "credit_points", args: { points: 5 }, rationale: said }],
    }));
    const response_metadata = logprobs ? { logprobs: { content: [{ token: "{}", logprob: 0 }] } } : {};
    const noting = (request: ModelRequest) =>
      void wanted.push(
        request.tools
          .filter(({ argsSchema }) => JSON.stringify(argsSchema).includes("_rationale"))
          .map(({ name }) => name),
      );
    const model: Model = {
      name: "sure",
      async invoke(request) {
        noting(request);
        return Object.assign(await script.invoke(request), { response_metadata });
      },
      async *stream(request) {
        noting(request);
        for await (const chunk of script.stream(request)) yield Object.assign(chunk, { response_metadata });
      },
    };
    const own = { name: `sure-${randomUUID().slice(0, 8)}`, model, tools: [credit, look] };
    const holdpoint = await createHoldpoint({
      ...own,
      policy: policyBy(signals),
      database: { url: database },
    });
    running.push(holdpoint);
    return { holdpoint, wanted };
  }

  it.each(["reversible", "compensable"] as const)(
    "on a %s call is taken where its provider sends no probabilities, for a small part of the score",
    async (reversibility) => {
      const { holdpoint, wanted } = await crediting(reversibility, "{ similarity: 0.5, confidence: 0.5 }");
      const { threadId } = await called(holdpoint);
      expect(wanted[0]).toEqual(["credit_points"]);
      expect(await partsOf(threadId)).toContainEqual({ signal: "confidence", value: 0.7, weight: 0.15 });
    },
  );

  it("on what can be taken back is not asked for where it weighs nothing", async () => {
    const { holdpoint, wanted } = await crediting("reversible", "{ similarity: 1 }");
    await called(holdpoint);
    expect(wanted[0]).toEqual([]);
  });

  it("on what can be taken back is not asked for any more once its provider sends probabilities", async () => {
    const { holdpoint, wanted } = await crediting("reversible", "{ similarity: 0.5, confidence: 0.5 }", true);
    await called(holdpoint);
    await called(holdpoint);
    expect([wanted.at(0), wanted.at(-1)]).toEqual([["credit_points"], []]);
  });
});

describe("a judge", () => {
  it("has its say where the policy gives it weight, and is not asked about what cannot be undone", async () => {
    const judge = sayingThat(() => 0.6);
    const holdpoint = await agent("{ judge: 1 }", { judge: judge.model });
    const { threadId } = await called(holdpoint);
    expect(await partsOf(threadId)).toEqual([{ signal: "judge", value: 0.6, weight: 1 }]);
    expect(judge.asked()).toBe(1);
    await called(holdpoint, "close_account T-1 late");
    expect(judge.asked()).toBe(1);
  });

  it("is not asked where its word has no weight", async () => {
    const judge = sayingThat(() => 1);
    await called(await agent("{ similarity: 1 }", { judge: judge.model }));
    expect(judge.asked()).toBe(0);
  });

  it.each([
    ["what is no judgement", "Surely!"],
    ["more than it may", '{"right": 7, "why": "Go on."}'],
  ])("that says %s counts as the worst", async (_, said) => {
    const { threadId } = await called(await agent("{ judge: 1 }", { judge: sayingThat(() => said).model }));
    expect(await partsOf(threadId)).toEqual([{ signal: "judge", value: null, weight: 1 }]);
  });
});

describe("a second model", () => {
  it.each<[string, Script, number]>([
    ["that proposes the same agrees", script, 1],
    ["that proposes nothing does not", () => ({ text: "I would not." }), 0],
  ])("%s", async (_, other, value) => {
    const holdpoint = await agent("{ agreement: 1 }", { second: scriptedModel("second", other) });
    const { threadId } = await called(holdpoint);
    expect(await partsOf(threadId)).toEqual([{ signal: "agreement", value, weight: 1 }]);
  });
});

it("a second model is shown what the agent's own was shown: its instructions and its tools", async () => {
  const [own, second] = [scriptedModel("tagger", script), scriptedModel("second", script)];
  const shown: Record<string, { messages: string[]; tools: string[] }> = {};
  const told = (model: Model): Model => ({
    ...model,
    invoke: (request) => {
      shown[model.name] ??= {
        messages: request.messages.map((message) => `${message.getType()}: ${message.text}`),
        tools: request.tools.map((tool) => tool.name),
      };
      return model.invoke(request);
    },
  });
  const holdpoint = await createHoldpoint({
    name: `agent-${randomUUID().slice(0, 8)}`,
    model: told(own),
    instructions: "Tag what is late.",
    tools,
    policy: policyBy("{ agreement: 1 }"),
    routing: { second: told(second) },
    database: { url: database },
  });
  running.push(holdpoint);
  await called(holdpoint);
  expect(shown["second"]).toEqual({
    messages: ["system: Tag what is late.", "human: tag_ticket T-1 late"],
    tools: expect.arrayContaining(["tag_ticket", "close_account"]),
  });
});

describe("a stronger model", () => {
  it("looks before a person does, and what it said is told whichever way it goes", async () => {
    let sure = 1;
    const judge = sayingThat(() => 0.2);
    const strong = sayingThat(() => sure, "strong");
    const holdpoint = await agent("{ judge: 1 }", { judge: judge.model, ladder: [strong.model] });
    await earn(holdpoint);
    const { threadId, review } = await called(holdpoint);
    expect(review).toBeUndefined();
    expect(await partsOf(threadId)).toEqual([{ signal: "judge", value: 1, weight: 1 }]);
    sure = 0.4;
    const unsure = await called(holdpoint);
    expect(unsure.rules).toEqual(["unsure", "stronger-model"]);
    expect(unsure.review?.reasons[1]?.text).toContain("A stronger model (strong) looked first: 40 % sure");
  });

  it("is not asked where the first judgement is enough, nor about what waits anyway", async () => {
    let right = 1;
    const strong = sayingThat(() => 1, "strong");
    const holdpoint = await agent("{ judge: 1 }", {
      judge: sayingThat(() => right).model,
      ladder: [strong.model],
    });
    await earn(holdpoint);
    const before = strong.asked();
    await called(holdpoint);
    await called(holdpoint, "close_account T-1 late");
    expect(strong.asked()).toBe(before);
    right = 0.1;
    await called(holdpoint);
    expect(strong.asked()).toBe(before + 1);
  });

  it("has looked at the calls from which a threshold was learned, so that the scores are of one kind", async () => {
    const strong = sayingThat(() => 0.9, "strong");
    const holdpoint = await agent("{ judge: 1 }", {
      judge: sayingThat(() => 0.3).model,
      ladder: [strong.model],
    });
    const { threadId, rules } = await called(holdpoint);
    expect(rules).toEqual(["not-certified", "stronger-model"]);
    expect(await partsOf(threadId)).toEqual([{ signal: "judge", value: 0.9, weight: 1 }]);
  });
});
