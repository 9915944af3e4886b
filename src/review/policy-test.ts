// Runs the cases of a policy, without a database: what came before each call stands in the case.
import { hashJson } from "../kernel/json.js";
import type { CaseTool, PolicyCase, PolicyCases } from "../policies/cases.js";
import type { Policy } from "../policies/policy.js";
import type { Position } from "../yaml/source.js";
import { explainCall, type Explanation } from "./explain-call.js";

export interface TestedPolicy {
  cases: number;
  failures: CaseFailure[];
  /**
   * Rules that no case shows to match, or none to stand aside of a call of a tool of which they also match one. One that
   * asks for the tool alone cannot: that stands aside of another tool.
   */
  unexercised: { rule: string; never: "matched" | "not-matched" }[];
}

export interface CaseFailure extends Position {
  name: string;
  /** Which of the expectations. */
  what: keyof PolicyCase["expect"];
  expected: string;
  got: string;
}

export function testPolicy(policy: Policy, { tools, cases, locate }: PolicyCases): TestedPolicy {
  const tested = cases.map((one) => ({ one, explained: explainCase(policy, tools, one) }));
  const failures = tested.flatMap(({ one, explained }, index) =>
    misses(one, explained).map((miss) => ({
      ...locate({ path: ["cases", index, "expect", miss.what], aim: "value" }),
      name: one.name,
      ...miss,
    })),
  );
  const said = tested.flatMap(({ one, explained }) =>
    explained.asked.map(({ id, said: { kind } }) => ({ rule: id, kind, tool: one.call.tool })),
  );
  const unexercised = policy.rules.flatMap(({ id, when }): TestedPolicy["unexercised"] => {
    const of = said.filter(({ rule }) => rule === id);
    const matching = new Set(of.filter(({ kind }) => kind === "matched").map(({ tool }) => tool));
    if (matching.size === 0) return [{ rule: id, never: "matched" }];
    const standsAside = of.some(
      ({ kind, tool }) => kind === "not-matched" && (when.uses.toolAlone || matching.has(tool)),
    );
    return standsAside ? [] : [{ rule: id, never: "not-matched" }];
  });
  return { cases: cases.length, failures, unexercised };
}

function explainCase(
  policy: Policy,
  tools: PolicyCases["tools"],
  { call, results, words, now }: PolicyCase,
): Explanation {
  const { reversibility, effect, draft = null } = tools.get(call.tool) ?? undeclared;
  return explainCall(
    policy,
    { ...call, argsHash: hashJson(call.args) },
    {
      declared: { reversibility, effect, draft, readOnly: false, asks: null },
      flags: [],
      impossible: null,
      words: words?.length ?? null,
      gate: null,
    },
    { results, words, now },
  );
}

const undeclared: CaseTool = { reversibility: "irreversible", effect: "blind" };

type Miss = Pick<CaseFailure, "what" | "expected" | "got">;

function misses({ expect }: PolicyCase, { assessment, asked }: Explanation): Miss[] {
  const that = (kind: string) => asked.filter(({ said }) => said.kind === kind).map(({ id }) => id);
  const got = { ...assessment, rules: that("matched"), undecided: that("undecided") };
  // A rule that could not be decided must not pass for one that was asked and did not match.
  const expected = expect.rules === undefined ? expect : { undecided: [], ...expect };
  return (["route", "tier", "level", "rules", "undecided"] as const).flatMap((what) => {
    const wanted = expected[what];
    if (wanted === undefined || inWords(wanted) === inWords(got[what])) return [];
    const why =
      what === "undecided"
        ? asked.flatMap(({ id, said }) => (said.kind === "undecided" ? [`${id}: ${said.why}`] : []))
        : assessment.reasons.map(({ rule }) => rule);
    return [
      {
        what,
        expected: inWords(wanted),
        got: `${inWords(got[what])}${why.length > 0 ? ` (${why.join("; ")})` : ""}`,
      },
    ];
  });
}

function inWords(value: string | null | readonly string[]): string {
  if (value === null || typeof value === "string") return value ?? "none";
  return value.length === 0 ? "none" : value.toSorted().join(", ");
}
