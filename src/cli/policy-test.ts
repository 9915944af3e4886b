// Runs the tests of a policy file: no server and no database.
import { isHoldpointError } from "../kernel/errors.js";
import { readCases } from "../policies/cases.js";
import { loadPolicy } from "../policies/load-policy.js";
import { testPolicy, type TestedPolicy } from "../review/policy-test.js";
import { defineCommand } from "./command.js";
import { readPolicyText } from "./policy-text.js";
import { printable, printableLines } from "./printable.js";

export const policyTestCommand = defineCommand({
  name: "policy test",
  usage: "FILE [TESTS] [--every-rule]",
  summary: "Run the tests of a policy file: calls, what came before them, and what is to become of them.",
  details: `TESTS is a YAML file; without it the one beside FILE, policy.test.yaml for policy.yaml:

  given: { paid: { tool: look_up_order, args: { orderId: A1 }, result: { status: paid, total: 20 } } }
  cases:
    - name: more than was paid is held
      call: { tool: issue_refund, args: { orderId: A1, amount: 30 } }
      after: [paid]
      words: ["Yes, please."]
      expect: { route: approve, rules: [not-more-than-paid] }

Prints TESTS:LINE:COL for each expectation that is not met, and ends with 1. No database is needed.

  --every-rule  also ends with 1 where no case shows a rule both to match and not to`,
  options: { "every-rule": { type: "boolean", default: false } },
  positionals: ["FILE", "[TESTS]"],
  async run({ "every-rule": everyRule }, terminal, file = "", tests = beside(file)) {
    const [policyText, testsText] = [await readPolicyText(file), await readPolicyText(tests)];
    try {
      const tested = testPolicy(loadPolicy(policyText, file), readCases(testsText, tests));
      terminal.out(reportText(tested, tests));
      return tested.failures.length > 0 || (everyRule && tested.unexercised.length > 0) ? 1 : 0;
    } catch (error) {
      if (!isHoldpointError(error, "policy_invalid")) throw error;
      terminal.out(`${printableLines(error.message)}\n`);
      return 1;
    }
  },
});

function beside(file: string): string {
  return file.replace(/(\.ya?ml)?$/i, (ending) => `.test${ending || ".yaml"}`);
}

function reportText({ cases, failures, unexercised }: TestedPolicy, tests: string): string {
  const failed = new Set(failures.map(({ name }) => name)).size;
  return [
    ...failures.map(
      ({ line, col, name, what, expected, got }) =>
        `${tests}:${line}:${col}: ${name}: ${what} is to be ${expected}, and is ${got}`,
    ),
    ...unexercised.map(
      ({ rule, never }) =>
        `${tests}: no case shows the rule "${rule}" to ${never === "matched" ? "match" : "stand aside"}`,
    ),
    `${tests}: ${cases - failed} of ${cases} cases are as expected`,
  ]
    .map((line) => `${printable(line)}\n`)
    .join("");
}
