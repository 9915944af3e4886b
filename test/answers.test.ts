// The forms in which fronts answer a hold, read without a server: what each says, and what must never be read as a
// release.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { answersOf } from "../src/http/answers/answers-of.js";
import { shownHolds, type ShownHold } from "../src/http/answers/shown-hold.js";
import { typedArgs } from "../src/http/answers/typed-args.js";
import { isHoldpointError } from "../src/kernel/errors.js";
import { hashJson, type JsonObject } from "../src/kernel/json.js";
import type { Answer } from "../src/review/decide.js";
import { holdOf } from "../src/review/hold.js";
import { onePerson } from "../src/policies/panel.js";
import type { Review } from "../src/review/types.js";

const argsSchema = z.toJSONSchema(
  z.object({
    id: z.string(),
    amount: z.number().optional(),
    notify: z.boolean().optional(),
    lines: z.array(z.object({ sku: z.string() })).optional(),
  }),
) as JsonObject;

const refund = { id: "8841", amount: 420, notify: true, lines: [{ sku: "a" }] };

/** As it stands in a thread: read back out of what a client is shown. */
function held(args: JsonObject = refund, index = 1, kind: Review["kind"] = "review"): ShownHold {
  const review = {
    id: `review-${index}`,
    kind,
    graphId: "agent",
    tool: "pay",
    title: "Pay",
    args,
    panel: onePerson,
    expiresAt: null,
  };
  const hold = holdOf(
    { ...review, argsHash: hashJson(args) } as unknown as Review,
    `call-${index}`,
    argsSchema,
  );
  const [shown] = shownHolds([{ interruptId: idOf(index), hold }]);
  if (!shown) throw new Error("A hold is shown.");
  return shown;
}

const idOf = (index: number): string => index.toString(16).padStart(32, "0");

function answer(given: unknown, hold = held()): Answer {
  const [only, ...others] = answersOf(given, [hold]);
  if (!only || others.length > 0) throw new Error("One hold takes one answer.");
  return only.answer;
}

/** The code of the refusal; what is no refusal is thrown. */
function refusal(given: unknown, holds: readonly ShownHold[] = [held()]): string {
  try {
    return `answered: ${JSON.stringify(answersOf(given, holds))}`;
  } catch (error) {
    if (isHoldpointError(error)) return error.code;
    throw error;
  }
}

const argsHash = hashJson(refund);
const echo = { action: "pay", args: refund };
/** What its text fields make of the arguments. */
const asText = { id: "8841", amount: "420", notify: "true", lines: '[{"sku":"a"}]' };
const cheaper = { ...refund, amount: 42 };

describe("an answer says the same in each form", () => {
  it.each<[string, unknown]>([
    ["ours", { type: "approve" }],
    ["ours, by its id", { [idOf(1)]: { type: "approve", argsHash } }],
    ["ours, as text", '{"type":"approve"}'],
    ["LangChain's", { decisions: [{ type: "approve" }] }],
    ["LangChain's, by its id", { [idOf(1)]: { decisions: [{ type: "approve" }] } }],
    ["Agent Inbox's", [{ type: "accept", args: null }]],
    ["Agent Inbox's, by itself", { type: "accept" }],
    ["Agent Inbox's, repeated", [{ type: "accept", args: echo }]],
    ["Agent Inbox's, repeated as text", [{ type: "accept", args: { action: "pay", args: asText } }]],
    ["Agent Inbox's, to LangChain's middleware", { decisions: [{ type: "approve", args: echo }] }],
    ["AG-UI's", [{ interruptId: idOf(1), status: "resolved", payload: { approved: true } }]],
    ["AG-UI's, of its bridge", { approved: true }],
    ["AG-UI's, with no edit", { approved: true, editedArgs: null, reason: null }],
    [
      "AG-UI's, of its bridge for several",
      { __agui_resume_map__: { [idOf(1)]: { status: "resolved", payload: { approved: true } } } },
    ],
    [
      "ours, in an entry of AG-UI",
      [{ interruptId: idOf(1), status: "resolved", payload: { type: "approve" } }],
    ],
  ])("approve: %s", (_, given) => {
    expect(answer(given)).toEqual({ type: "approve", argsHash });
  });

  it.each<[string, unknown]>([
    ["ours", { type: "edit", args: cheaper }],
    ["LangChain's", { decisions: [{ type: "edit", editedAction: { name: "pay", args: cheaper } }] }],
    [
      "LangChain's in Python",
      { decisions: [{ type: "edit", edited_action: { name: "pay", args: cheaper } }] },
    ],
    [
      "LangChain's in both, as its client sends it",
      {
        decisions: [
          {
            type: "edit",
            editedAction: { name: "pay", args: cheaper },
            edited_action: { args: cheaper, name: "pay" },
          },
        ],
      },
    ],
    ["Agent Inbox's", [{ type: "edit", args: { action: "pay", args: cheaper } }]],
    ["Agent Inbox's, by itself", { type: "edit", args: { action: "pay", args: cheaper } }],
    [
      "Agent Inbox's, as text",
      [{ type: "edit", args: { action: "pay", args: { ...asText, amount: "42" } } }],
    ],
    [
      "Agent Inbox's, to LangChain's middleware",
      { decisions: [{ type: "edit", args: { action: "pay", args: { ...asText, amount: "42" } } }] },
    ],
    ["AG-UI's", { approved: true, editedArgs: cheaper }],
  ])("edit: %s", (_, given) => {
    expect(answer(given)).toEqual({ type: "edit", args: cheaper, argsHash });
  });

  it.each<[string, unknown]>([
    ["ours", { type: "reject", reason: "No." }],
    ["LangChain's", { decisions: [{ type: "reject", message: "No." }] }],
    ["Agent Inbox's, to LangChain's middleware", { decisions: [{ type: "reject", args: "No." }] }],
    ["AG-UI's", { approved: false, reason: "No." }],
    ["AG-UI's, with an edit begun", { approved: false, editedArgs: cheaper, reason: "No." }],
  ])("reject: %s", (_, given) => {
    expect(answer(given)).toEqual({ type: "reject", reason: "No.", argsHash });
  });

  it.each<[string, unknown]>([
    ["ours", { type: "respond", message: "Sold out." }],
    ["LangChain's", { decisions: [{ type: "respond", message: "Sold out." }] }],
    ["Agent Inbox's", [{ type: "response", args: "Sold out." }]],
  ])("respond: %s", (_, given) => {
    expect(answer(given)).toEqual({ type: "respond", message: "Sold out.", argsHash });
  });

  it.each<[string, unknown]>([
    ["AG-UI's", [{ interruptId: idOf(1), status: "cancelled" }]],
    ["AG-UI's, of its bridge", { __agui_cancelled__: true, interrupt_id: idOf(1) }],
    [
      "AG-UI's, of its bridge for several",
      { __agui_resume_map__: { [idOf(1)]: { status: "cancelled", payload: null } } },
    ],
  ])("given up is not done: %s", (_, given) => {
    expect(answer(given)).toMatchObject({ type: "reject", argsHash });
  });
});

describe("whether it happened", () => {
  const unknown = held(refund, 1, "settle");

  it.each([
    ["happened", { type: "happened" }],
    ["Not happened", { type: "not_happened" }],
    [" retry. ", { type: "retry" }],
    ["happened: receipt 77", { type: "happened", message: "receipt 77" }],
  ])("is answered in words by fronts that know no other way: %s", (words, said) => {
    for (const given of [
      { decisions: [{ type: "respond", message: words }] },
      [{ type: "response", args: words }],
    ])
      expect(answer(given, unknown)).toEqual({ ...said, argsHash });
    expect(answer({ type: said.type }, unknown)).toMatchObject({ type: said.type });
  });

  it.each(["yes", "it happened", "happened twice", "don't retry", "retry it if it has not happened", ""])(
    "is not guessed from %j",
    (words) => {
      expect(refusal({ decisions: [{ type: "respond", message: words }] }, [unknown])).toBe(
        "answer_not_allowed",
      );
    },
  );
});

describe("a question of the agent", () => {
  const question = { question: "All or half?", options: [{ label: "All" }, { label: "Half" }] };
  const asks = held(question, 1, "ask");
  const bound = { argsHash: hashJson(question) };
  const filledIn = (answer: string) => ({ name: "pay", args: { ...question, answer } });

  it.each<[string, unknown]>([
    ["text", "Half"],
    ["text, by its id", { [idOf(1)]: "Half" }],
    ["the field of its schema", { answer: "Half" }],
    ["ours", { type: "respond", message: "Half" }],
    ["LangChain's", { decisions: [{ type: "respond", message: "Half" }] }],
    [
      "LangChain's, in the field that can be edited",
      { decisions: [{ type: "edit", editedAction: filledIn("Half") }] },
    ],
    ["Agent Inbox's", [{ type: "response", args: "Half" }]],
    ["AG-UI's", [{ interruptId: idOf(1), status: "resolved", payload: { answer: "Half" } }]],
  ])("is answered in words: %s", (_, given) => {
    expect(answer(given, asks)).toEqual({ type: "respond", message: "Half", ...bound });
    expect(answer(given, held(question, 1, "handover"))).toEqual({
      type: "respond",
      message: "Half",
      ...bound,
    });
  });

  it("takes the label of an option as a value, which no other hold does", () => {
    const picked = { type: "respond", value: "Half", message: "At once." };
    expect(answer(picked, asks)).toEqual({ ...picked, ...bound });
    expect(refusal(picked)).toBe("request_invalid");
  });

  it("is answered in a field or a text; a call is not", () => {
    expect(refusal("Half")).toBe("request_invalid");
    expect(refusal({ answer: "Half" })).toBe("request_invalid");
    expect(refusal({ decisions: [{ type: "edit", editedAction: filledIn(" ") }] }, [asks])).toBe(
      "answer_not_allowed",
    );
  });

  it("is given no words that were not said, whatever releases something else", () => {
    for (const given of releases) {
      const read = attempt(() => answersOf(given, [asks]));
      expect(read.filter(({ answer: { type } }) => type === "respond")).toEqual([]);
    }
  });
});

describe("what is refused", () => {
  it.each<[string, unknown, string]>([
    ["yes", true, "request_invalid"],
    ["yes in words", "approve", "request_invalid"],
    ["yes as JSON", "true", "request_invalid"],
    ["nothing", null, "request_invalid"],
    ["an empty object", {}, "request_invalid"],
    ["an empty list", [], "request_invalid"],
    ["approval by another name", { type: "approved" }, "request_invalid"],
    ["approval in capitals", { type: "APPROVE" }, "request_invalid"],
    ["approval beside a word that nobody knows", { type: "approve", when: "tomorrow" }, "request_invalid"],
    ["approved, in words", { approved: "true" }, "request_invalid"],
    ["approved, beside a condition", { approved: true, if: "cheaper" }, "request_invalid"],
    ["two forms at once", { approved: true, decisions: [{ type: "reject" }] }, "request_invalid"],
    ["no decision", { decisions: [] }, "answer_not_allowed"],
    [
      "two decisions for one action",
      { decisions: [{ type: "approve" }, { type: "approve" }] },
      "answer_not_allowed",
    ],
    ["two responses", [{ type: "accept" }, { type: "accept" }], "request_invalid"],
    ["an edit to nothing", { decisions: [{ type: "edit" }] }, "request_invalid"],
    [
      "an edit that says two things",
      {
        decisions: [
          {
            type: "edit",
            editedAction: { name: "pay", args: refund },
            edited_action: { name: "pay", args: cheaper },
          },
        ],
      },
      "request_invalid",
    ],
    [
      "an edit into another tool",
      { decisions: [{ type: "edit", editedAction: { name: "wipe", args: {} } }] },
      "answer_not_allowed",
    ],
    ["the same by Agent Inbox", [{ type: "edit", args: { action: "wipe", args: {} } }], "answer_not_allowed"],
    ["to look away", [{ type: "ignore", args: null }], "answer_not_allowed"],
    ["to look away, otherwise", { decisions: [{ type: "ignore", args: null }] }, "answer_not_allowed"],
    [
      "what was accepted, changed",
      [{ type: "accept", args: { action: "pay", args: cheaper } }],
      "decision_stale",
    ],
    [
      "what was accepted, of another tool",
      [{ type: "accept", args: { action: "wipe", args: refund } }],
      "decision_stale",
    ],
    ["an entry without an end", [{ interruptId: idOf(1), payload: { approved: true } }], "request_invalid"],
    ["an entry without an answer", [{ interruptId: idOf(1), status: "resolved" }], "request_invalid"],
    [
      "an entry for what does not wait",
      [
        { interruptId: idOf(1), status: "resolved", payload: { approved: true } },
        { interruptId: idOf(9), status: "resolved", payload: { approved: true } },
      ],
      "request_invalid",
    ],
    [
      "two entries for one",
      [
        { interruptId: idOf(1), status: "cancelled" },
        { interruptId: idOf(1), status: "resolved", payload: { approved: true } },
      ],
      "request_invalid",
    ],
    [
      "a reason without end",
      { decisions: [{ type: "reject", message: "x".repeat(10_001) }] },
      "request_invalid",
    ],
    ["words without end", [{ type: "response", args: "x".repeat(100_001) }], "request_invalid"],
    ["an id that does not wait", { [idOf(9)]: { type: "approve" } }, "request_invalid"],
  ])("%s", (_, given, code) => {
    expect(refusal(given)).toBe(code);
  });

  it("a tool with an argument named action is edited in our words, and by Agent Inbox in a list", () => {
    const own = { action: "stop", args: {} };
    const hold = {
      ...held(),
      args: own,
      argsHash: hashJson(own),
      argsSchema: { properties: { action: {}, args: {} } },
    };
    expect(answer({ type: "edit", args: own }, hold)).toMatchObject({ type: "edit", args: own });
    expect(answer([{ type: "edit", args: { action: "pay", args: own } }], hold)).toMatchObject({ args: own });
  });
});

/** Every way in which something is released, so that a form which is added is tested too. */
const releases: readonly unknown[] = [
  { type: "approve" },
  { type: "edit", args: cheaper },
  { decisions: [{ type: "approve" }] },
  { decisions: [{ type: "approve", args: echo }] },
  { decisions: [{ type: "edit", editedAction: { name: "pay", args: cheaper } }] },
  { type: "accept", args: echo },
  [{ type: "accept", args: null }],
  [{ type: "edit", args: { action: "pay", args: cheaper } }],
  { approved: true },
  { approved: true, editedArgs: cheaper },
];

const release = fc.constantFrom(...releases);
const released = (type: Answer["type"]): boolean => type === "approve" || type === "edit" || type === "retry";

/** JSON made of the words of all forms, but for those that release. */
const words = ["type", "args", "decisions", "approved", "status", "payload", "interruptId", "action", "name"];
const harmless = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      "reject",
      "ignore",
      "respond",
      "resolved",
      "approved",
      "true",
      "yes",
      " approve",
      "Accept",
      "pay",
    ),
    fc.constantFrom(null, false, 0, 1, "", idOf(1)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words, "editedArgs", "message", idOf(1)), tie("value"), { maxKeys: 4 }),
  ),
})).value;

describe("whatever is sent", () => {
  it("without a word of release nothing is released", () => {
    fc.assert(
      fc.property(harmless, (given) => {
        const read = attempt(() => answersOf(given, [held()]));
        expect(read.filter((one) => released(one.answer.type))).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it("a release that has more to say than its form knows is refused", () => {
    const name = fc
      .string({ minLength: 1 })
      .filter((key) => !["type", "argsHash", "__proto__"].includes(key));
    fc.assert(
      fc.property(release, name, fc.jsonValue(), (given, key, value) => {
        fc.pre(!/^(args|reason|message|editedArgs)$/.test(key));
        for (const changed of withKey(given, key, value))
          expect(attempt(() => answersOf(changed, [held()]))).toEqual([]);
      }),
    );
  });

  it("an answer to other arguments than those that wait never carries their hash", () => {
    fc.assert(
      fc.property(release, fc.string(), (given, hash) => {
        fc.pre(hash !== argsHash);
        for (const bound of withKey(given, "argsHash", hash)) {
          const read = attempt(() => answersOf(bound, [held()]));
          expect(read.filter((one) => one.answer.argsHash === argsHash)).toEqual([]);
        }
      }),
    );
  });

  it("what a front repeats of its approval is what waits, to the last value", () => {
    const changed = fc.record({
      id: fc.string(),
      amount: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    fc.assert(
      fc.property(changed, (args) => {
        fc.pre(hashJson(args) !== argsHash);
        expect(refusal([{ type: "accept", args: { action: "pay", args } }])).toBe("decision_stale");
      }),
    );
  });

  it("no call is made into a call of another tool", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(name !== "pay");
        const action = { name, args: refund };
        expect(refusal({ decisions: [{ type: "edit", editedAction: action }] })).toBe("answer_not_allowed");
        expect(refusal([{ type: "edit", args: { action: name, args: refund } }])).toBe("answer_not_allowed");
      }),
    );
  });

  it("where several wait, an answer without an id answers none of them", () => {
    const several = [held(refund, 1), held(cheaper, 2)];
    fc.assert(
      fc.property(release, (given) => {
        expect(refusal(given, several)).toBe("request_invalid");
        const asMany = { decisions: [{ type: "approve" }, { type: "approve" }] };
        expect(refusal(asMany, several)).toBe("request_invalid");
      }),
    );
  });

  it("an answer by id goes to its hold and to no other", () => {
    const several = [held(refund, 1), held(cheaper, 2), held({ id: "x" }, 3)];
    fc.assert(
      fc.property(fc.subarray([1, 2, 3], { minLength: 1 }), (indexes) => {
        const given = Object.fromEntries(
          indexes.map((index) => [idOf(index), { decisions: [{ type: "approve" }] }]),
        );
        expect(answersOf(given, several)).toEqual(
          indexes.map((index) => ({
            interruptId: idOf(index),
            reviewId: `review-${index}`,
            answer: { type: "approve", argsHash: several[index - 1]?.argsHash },
          })),
        );
      }),
    );
  });

  it("AG-UI answers all that waits, or nothing", () => {
    const several = [held(refund, 1), held(cheaper, 2)];
    const entry = (index: number) => ({
      interruptId: idOf(index),
      status: "resolved",
      payload: { approved: true },
    });
    expect(refusal([entry(1)], several)).toBe("request_invalid");
    expect(refusal({ __agui_cancelled__: true, interrupt_id: idOf(1) }, several)).toBe("request_invalid");
    expect(answersOf([entry(2), entry(1)], several).map(({ answer: { type } }) => type)).toEqual([
      "approve",
      "approve",
    ]);
  });
});

describe("arguments that went through text fields", () => {
  const shown = { args: {}, argsSchema };

  it("come back as they were", () => {
    const args = fc.record(
      {
        id: fc.string(),
        amount: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
        notify: fc.boolean(),
        lines: fc.array(fc.record({ sku: fc.string() })),
      },
      { requiredKeys: ["id"] },
    );
    fc.assert(
      fc.property(args, (before) => {
        const text = Object.fromEntries(
          Object.entries(before).map(([name, value]) => [
            name,
            typeof value === "string" ? value : JSON.stringify(value),
          ]),
        );
        expect(typedArgs(text, { ...shown, args: before })).toEqual(before);
        // Also where nothing of it was shown, as with every value that was typed anew.
        expect(typedArgs(text, shown)).toEqual(before);
      }),
    );
  });

  it.each([
    [{ id: "420" }, { id: "420" }],
    [{ id: "null" }, { id: "null" }],
    [{ amount: "4.5" }, { amount: 4.5 }],
    [{ amount: "four" }, { amount: "four" }],
    [{ amount: '"4"' }, { amount: '"4"' }],
    [{ notify: "no" }, { notify: "no" }],
    [{ lines: "[1]" }, { lines: "[1]" }],
    [{ unknown: "4" }, { unknown: "4" }],
    [{ constructor: "4" }, { constructor: "4" }],
  ])("%j is %j, and the tool has the last word on it", (text, args) => {
    expect(typedArgs(text, shown)).toEqual(args);
  });
});

/** Refusals are no answers; anything else that is thrown is a fault. */
function attempt(read: () => ReturnType<typeof answersOf>): ReturnType<typeof answersOf> {
  try {
    return read();
  } catch (error) {
    if (isHoldpointError(error)) return [];
    throw error;
  }
}

/** The same with one more field, at each place where its form has fields. */
function withKey(given: unknown, key: string, value: unknown): unknown[] {
  if (Array.isArray(given)) return [given.map((one) => ({ ...Object(one), [key]: value }) as unknown)];
  const { decisions } = Object(given) as { decisions?: unknown[] };
  if (decisions)
    return [{ decisions: decisions.map((one) => ({ ...Object(one), [key]: value }) as unknown) }];
  return [{ ...Object(given), [key]: value }];
}
