// What the rules ask of whoever decides: questions that have to be answered, what an edit would lead to, and the very
// fields that are wrong.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assessmentSchema,
  reviewContextSchema,
  reviewSchema,
  type Assessment,
  type Review,
} from "../src/http/contract.js";
import { defineTool } from "../src/index.js";
import { answersToQuestions } from "../src/review/questions.js";
import { serveDesk, type Desk } from "./support/people.js";
import { countingTools } from "./support/agent.js";
import { testDatabase } from "./support/database.js";

const policy = `
reject_reasons: [Not covered by our terms.]
tools:
  pay: { reject_reasons: [Paid already.] }
rules:
  - id: big
    when: tool == 'pay' && has(args.amount) && args.amount > 1000
    tier: risk
    level: critical
    guideline: { text: Compare it with the invoice., link: "https://example.com/refunds" }
    questions: [Who asked for it?, What is the invoice's total?]
  - { id: never, when: "tool == 'pay' && has(args.amount) && args.amount > 5000", verdict: deny, reason: Too much. }
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;
const answers = { "Who asked for it?": " Mara ", "What is the invoice's total?": "2000 EUR" };

const { effects: _, tools } = countingTools();
const order = defineTool({
  name: "order",
  description: "Orders.",
  args: z.object({ id: z.string(), items: z.array(z.object({ price: z.number().positive() })).default([]) }),
  run: () => "ordered",
});

let desk: Desk;
let as: Desk["as"];
beforeAll(async () => {
  desk = await serveDesk(await testDatabase(), { policy, tools: [...tools, order] });
  ({ as } = desk);
});
afterAll(() => desk.at.stop());

const held = async (words: string): Promise<Review> => {
  const { ids } = await desk.held(words);
  return reviewSchema.parse((await as.risk(`/reviews/${ids[0]}`)).body);
};
const decide = (review: Review, body: object, who: keyof typeof as = "risk") =>
  as[who](`/reviews/${review.id}/decision`, { argsHash: review.argsHash, ...body });
const assess = async (review: Review, args: unknown, who: keyof typeof as = "risk"): Promise<Assessment> =>
  assessmentSchema.parse((await as[who](`/reviews/${review.id}/assessment`, { args })).body);

describe("a rule that asks questions", () => {
  it("shows them with its guideline, and words to reject the call with", async () => {
    const review = await held(`pay ${randomUUID()} 2000`);
    const { instructions } = reviewContextSchema.parse((await as.risk(`/reviews/${review.id}/context`)).body);
    expect(instructions).toEqual({
      guidelines: [
        { rule: "big", text: "Compare it with the invoice.", link: "https://example.com/refunds" },
      ],
      questions: Object.keys(answers),
      rejectReasons: ["Paid already.", "Not covered by our terms."],
      tiers: ["risk"],
      onSilence: { kind: "expired" },
      extension: null,
      hours: null,
    });
  });

  it("lets nothing go before each is answered, and keeps the answers with the decision", async () => {
    const review = await held(`pay ${randomUUID()} 2000`);
    const open = { status: 422, body: { code: "questions_unanswered", questions: Object.keys(answers) } };
    expect(await decide(review, { type: "approve" })).toMatchObject(open);
    expect(await decide(review, { type: "edit", args: { ...review.args, amount: 2001 } })).toMatchObject(
      open,
    );
    expect(
      await decide(review, { type: "approve", answers: { ...answers, "Who asked for it?": " " } }),
    ).toMatchObject({
      status: 422,
      body: { code: "questions_unanswered", questions: ["Who asked for it?"] },
    });
    expect(
      await decide(review, { type: "approve", answers: { ...answers, "And why?": "So." } }),
    ).toMatchObject({
      status: 422,
      body: { code: "request_invalid" },
    });
    expect(await decide(review, { type: "approve", answers })).toMatchObject({
      status: 200,
      body: {
        decision: {
          type: "approve",
          answers: [
            { question: "Who asked for it?", text: "Mara" },
            { question: "What is the invoice's total?", text: "2000 EUR" },
          ],
        },
      },
    });
    await desk.at.runtime.waitForThread("default", review.threadId);
    expect((await as.risk(`/executions?thread_id=${review.threadId}`)).body).toMatchObject({
      items: [{ state: "succeeded" }],
    });
  });

  it("asks nothing of who rejects, and nothing where it did not speak", async () => {
    expect(await decide(await held(`pay ${randomUUID()} 2000`), { type: "reject" })).toMatchObject({
      status: 200,
    });
    expect(await decide(await held(`pay ${randomUUID()} 20`), { type: "approve" }, "ada")).toMatchObject({
      status: 200,
      body: { decision: { answers: [] } },
    });
  });

  it("asks at the thread's own door, too: a form that cannot answer is told, our own is taken", async () => {
    const review = await held(`pay ${randomUUID()} 2000`);
    const resume = (value: unknown) =>
      as.risk(`/threads/${review.threadId}/runs/wait`, {
        assistant_id: "support",
        command: { resume: value },
      });
    for (const form of [
      { decisions: [{ type: "approve" }] },
      [{ type: "accept", args: null }],
      { approved: true },
    ]) {
      expect(await resume(form)).toMatchObject({ status: 422, body: { code: "questions_unanswered" } });
    }
    expect(await resume({ type: "approve", answers })).toMatchObject({ status: 200 });
    expect((await as.risk(`/reviews/${review.id}`)).body).toMatchObject({ status: "resumed" });
  });

  it("answers are complete, in the order of the questions, or refused", () => {
    const text = fc.string();
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 5 }), fc.dictionary(text, text), (questions, given) => {
        const result = answersToQuestions(questions, given);
        const isWhole =
          questions.every((question) => Object.hasOwn(given, question) && given[question]?.trim() !== "") &&
          Object.keys(given).every((question) => questions.includes(question));
        expect(result.ok).toBe(isWhole);
        if (result.ok) expect(result.value.map(({ question }) => question)).toEqual(questions);
      }),
    );
  });
});

describe("what an edit would lead to is told before it is sent", () => {
  it("the title, the level and who would release it, and whether the caller may", async () => {
    const id = randomUUID();
    const review = await held(`pay ${id} 20`);
    expect(await assess(review, { id, amount: 30 }, "ada")).toMatchObject({
      title: `pay: id ${id}, amount 30`,
      level: "high",
      tier: "support",
      mayDecide: true,
      isForbidden: false,
      questions: [],
      faults: [],
    });
    expect(await assess(review, { id, amount: 2000 }, "ada")).toMatchObject({
      level: "critical",
      tier: "risk",
      roles: ["risk"],
      reasons: [{ rule: "irreversible" }, { rule: "big" }],
      questions: Object.keys(answers),
      mayDecide: false,
    });
    expect(await assess(review, { id, amount: 2000 })).toMatchObject({ mayDecide: true });
    expect(await assess(review, { id, amount: 6000 })).toMatchObject({
      isForbidden: true,
      mayDecide: false,
      reasons: [{ rule: "never", text: "Too much." }],
    });
    expect((await as.risk(`/reviews/${review.id}`)).body).toMatchObject({ version: 1, status: "open" });
  });

  it("says nothing lower than what the review waits for", async () => {
    const id = randomUUID();
    const review = await held(`pay ${id} 2000`);
    expect(await assess(review, { id, amount: 1 }, "ada")).toMatchObject({ tier: "risk", mayDecide: false });
  });

  it("each fault names its field, also deep within; a decision that is refused carries the same", async () => {
    const review = await held(`order ${randomUUID()}`);
    const args = { id: 5, items: [{ price: 1 }, { price: -1 }] };
    const { faults, mayDecide } = await assess(review, args);
    expect(faults.map(({ path }) => path).toSorted()).toEqual(["id", "items.1.price"]);
    expect(mayDecide).toBe(false);
    expect(await decide(review, { type: "edit", args })).toMatchObject({
      status: 422,
      body: { code: "args_invalid", faults },
    });
    expect((await assess(review, 5)).faults).toHaveLength(1);
  });

  it("is not told of what is decided, of what asks whether it happened, or to a stranger", async () => {
    const review = await held(`pay ${randomUUID()} 20`);
    await decide(review, { type: "reject" }, "ada");
    expect(await as.risk(`/reviews/${review.id}/assessment`, { args: {} })).toMatchObject({
      status: 409,
      body: { code: "review_already_decided" },
    });
    expect(await as.guest(`/reviews/${review.id}/assessment`, { args: {} })).toMatchObject({ status: 403 });
  });
});
