// How long it takes to say where one call goes: fifty rules and twenty validators, no model, no database; and with what can be
// seen about the call in a conversation of some length; and with the score that earlier calls give it. What the
// advisor takes. And whether memory stays as it was over many calls.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { hashJson, type JsonObject } from "../src/kernel/json.js";
import { advise } from "../src/metrics/advisor.js";
import { assess, type CallFacts } from "../src/policies/assess.js";
import { noEvidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { defineValidator } from "../src/policies/validator.js";
import { withValidators } from "../src/policies/with-validators.js";
import type { DecidedCall } from "../src/review/routing/past.js";
import { signalValuesOf } from "../src/review/routing-signals.js";
import { Conversation } from "../src/risk/conversation.js";
import { signalsOf } from "../src/risk/signals.js";
import { chanceFrom } from "./chance.js";
import { median, print, spreadOf } from "./figure.js";

function policyFrom(much: number, more = "") {
  const rules = Array.from(
    { length: 50 },
    (_, index) =>
      `  - { id: rule-${index}, when: "tool == 'issue_refund' && args.amount > ${much + index}", tier: lead }`,
  );
  return loadPolicy(
    `tiers: { support: { roles: [support] }, lead: { roles: [lead] } }\ndefault: { tier: support }\n${more}rules:\n${rules.join("\n")}\n`,
    "routing.yaml",
  );
}
const policy = policyFrom(1_000);

const tool = {
  name: "issue_refund",
  description: "Refunds an order, in whole or in part.",
  argsSchema: {
    type: "object",
    properties: {
      orderId: { type: "string" },
      amount: { type: "number" },
      iban: { type: "string" },
      note: { type: "string" },
    },
  },
};

/** Half of them ask for what can be found, half for what cannot. */
function callOf(index: number): JsonObject {
  const orderId = index % 2 === 0 ? `A-${8000 + (index % 40)}` : `B-${index}`;
  return { orderId, amount: 400 + index, iban: "DE89 3704 0044 0532 0130 00", note: "For the lamp." };
}

const rows = Array.from({ length: 40 }, (_, index) => ({ orderId: `A-${8000 + index}`, total: 400 + index }));
const asked = [
  { from: "instructions", text: "You help customers with their orders. ".repeat(50) },
  { from: "user", text: "Please refund my order A-8003, the lamp never arrived." },
];
const results = Array.from({ length: 10 }, () => ({ from: "list_orders", text: JSON.stringify(rows) }));
/** Read anew for each, as for the only call of a message. */
const conversation = () => new Conversation(asked, results, 1);

const validators = Array.from({ length: 20 }, (_, index) =>
  defineValidator({
    name: `check-${index}`,
    tools: [tool.name],
    check: ({ call }) =>
      Number(call.args["amount"]) > 1_000_000 + index
        ? { verdict: "hold", reason: "This is more than anybody ever paid." }
        : null,
  }),
);
const validated = withValidators(policy, validators);
/** Its rules hold none of these calls: the score has the word. */
const routed = withValidators(policyFrom(1_000_000, "routing: {}\n"), validators);

/** What the statement before a proposal brings: read from rows anew for each message. */
function pastOf() {
  const decided = Array.from(
    { length: 100 },
    (_, index): DecidedCall => ({ args: callOf(index), verdict: index % 9 === 0 ? "refused" : "approved" }),
  );
  const carriedOut = Array.from({ length: 100 }, (_, index) => callOf(index));
  return { decided: new Map([[tool.name, decided]]), carriedOut: new Map([[tool.name, carriedOut]]) };
}

/** The assessment, the signals and their sum: all that routing adds for one call. */
function scored(facts: CallFacts, past: ReturnType<typeof pastOf>): { route: string; score: number } {
  const { route, score } = assess(routed, {
    ...facts,
    declared: { reversibility: "reversible", effect: "blind", readOnly: false },
    gate: {
      stratum: "bench",
      earned: { kind: "certified", threshold: 0.5 },
      values: signalValuesOf(facts, past),
      draw: 0.99,
    },
  });
  if (!score) throw new Error("The call was not scored.");
  return { route, score: score.score };
}

export function routing({ quick }: { quick: boolean }): Promise<void> {
  const n = quick ? 1000 : 20_000;
  const before = Array.from({ length: 100 }, (_, index) => callOf(index));
  const facts = (index: number): CallFacts => {
    const args = callOf(index);
    return {
      tool: tool.name,
      args,
      argsHash: hashJson(args),
      declared: { reversibility: "irreversible", effect: "blind", readOnly: false },
      context: {},
      evidence: noEvidence,
      flags: [],
    };
  };
  figure("decide_p50_us", n, (index) => assess(validated, facts(index)), held, validators.length);
  figure("decide_p50_us__rules_alone", n, (index) => assess(policy, facts(index)));
  figure("decide_p50_us__with_signals", n / 10, (index) => {
    const call = facts(index);
    return assess(policy, { ...call, flags: signalsOf({ tool, args: call.args }, conversation(), before) });
  });
  const past = pastOf();
  figure("decide_p50_us__with_score", n, (index) => scored(facts(index), past), byScore, validators.length);
  const pasts = Array.from({ length: n / 20 + n / 200 }, pastOf);
  figure(
    "decide_p50_us__with_score_of_fresh_rows",
    n / 20,
    (index) => scored(facts(index), pasts.pop() ?? past),
    byScore,
    validators.length,
  );
  advising(quick ? 5 : 50);
  memory(quick ? 20_000 : 1_000_000, (index) => scored(facts(index), past));
  return Promise.resolve();
}

/** What whoever opens a kind of call has the server reckon: as many decided calls as it looks at, in half as many conversations. */
function advising(n: number): void {
  const chance = chanceFrom(2);
  const decided = Array.from({ length: 2_000 }, (_, index) => ({
    reviewId: `${index}`,
    unit: `${index % 1_000}`,
    score: chance(),
    isWrong: chance() < 0.12,
    weight: chance() < 0.5 ? 1 : 10,
    greatestWeight: 10,
  }));
  const took = Array.from({ length: n }, () => {
    const begun = performance.now();
    advise(decided, "reversible", routed.routing);
    return performance.now() - begun;
  });
  print({
    bench: "routing",
    figure: "advise_p50_ms",
    value: median(took),
    unit: "ms",
    n,
    spread: spreadOf(took),
    at: { labels: decided.length },
  });
}

/** Of each call nothing may stay: what is kept for a tool, a policy or a past goes with it. */
function memory(n: number, decide: (index: number) => unknown): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  for (let index = 0; index < n / 10; index += 1) decide(index);
  const before = heap();
  // As long as no amount is so great that a rule holds it.
  for (let index = 0; index < n; index += 1) decide(index % 900_000);
  print({
    bench: "routing",
    figure: "heap_growth_mib__with_score",
    value: heap() - before,
    unit: "MiB",
    n,
    at: { rules: policy.rules.length, validators: validators.length },
  });
}

/** Where calls that cannot be undone go, and those that a score may let run. */
const held: readonly string[] = ["approve"];
const byScore: readonly string[] = ["execute", "review"];

function figure(
  name: string,
  n: number,
  decide: (index: number) => { route: string },
  routes = held,
  checks = 0,
): void {
  for (let index = 0; index < n / 10; index += 1) decide(index);
  const took = Array.from({ length: n }, (_, index) => {
    const begun = performance.now();
    const { route } = decide(index);
    if (!routes.includes(route))
      throw new Error(`A call went to ${route} that goes to ${routes.join(" or ")}.`);
    return (performance.now() - begun) * 1000;
  });
  const sorted = took.toSorted((a, b) => a - b);
  print({
    bench: "routing",
    figure: name,
    value: median(took),
    unit: "us",
    n,
    spread: spreadOf(sorted.slice(0, Math.ceil(n * 0.99))),
    at: { rules: policy.rules.length, validators: checks },
  });
}
