// `holdpoint policy test`: what whoever owns a process writes about calls, and what is to become of them.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyTestCommand } from "../src/cli/policy-test.js";
import { readCases } from "../src/policies/cases.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { testPolicy } from "../src/review/policy-test.js";
import { capturingTerminal } from "./support/terminal.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "holdpoint-cases-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const policy = `facts: { order: { tool: look_up, key: args.id } }
rules:
  - { id: big, when: "tool == 'pay' && args.amount > 1000", tier: lead }
  - { id: only-open, when: "tool == 'pay' && facts.order[args.id].status != 'open'", verdict: deny }
tiers: { clerk: { roles: [clerk] }, lead: { roles: [lead] } }
`;
const cases = (...lines: string[]) =>
  [
    "given:",
    "  open: { tool: look_up, args: { id: A1 }, result: { status: open, total: 5 } }",
    "cases:",
    ...lines.map((line) => `  - ${line}`),
    "",
  ].join("\n");
const pay = "call: { tool: pay, args: { id: A1, amount: 5 } }";

async function run(tests: string, ...options: string[]) {
  const [file, beside] = [join(home, "policy.yaml"), join(home, "policy.test.yaml")];
  await writeFile(file, policy);
  await writeFile(beside, tests);
  const terminal = capturingTerminal();
  const code = await policyTestCommand.run([file, ...options], terminal);
  return { code, out: terminal.said.out.replaceAll(`${home}/`, "") };
}

describe("the tests of a policy", () => {
  it("that are met end with 0, and say of which rules they show only one side", async () => {
    const met = cases(
      `{ name: is held, ${pay}, after: [open], expect: { route: approve, tier: clerk, level: high, rules: [] } }`,
      `{ name: is refused, ${pay}, after: [{ like: open, but: { status: shipped } }], expect: { route: refuse, rules: [only-open] } }`,
    );
    expect(await run(met)).toEqual({
      code: 0,
      out:
        'policy.test.yaml: no case shows the rule "big" to match\n' +
        "policy.test.yaml: 2 of 2 cases are as expected\n",
    });
    expect(await run(met, "--every-rule")).toMatchObject({ code: 1 });
  });

  it("show a rule to stand aside of a call of its tool, and one that asks for the tool alone of another's", () => {
    const policy = loadPolicy(
      `rules:
         - { id: whole, when: "tool == 'wipe'" }
         - { id: part, when: "tool == 'pay' && args.amount > 5" }`,
      "policy.yaml",
    );
    const unexercised = (...calls: string[]) =>
      testPolicy(
        policy,
        readCases(
          `cases:\n${calls.map((call, at) => `  - { name: "${at}", call: ${call}, expect: { route: approve } }\n`).join("")}`,
          "policy.test.yaml",
        ),
      ).unexercised;
    const [wiped, paid] = ["{ tool: wipe, args: {} }", "{ tool: pay, args: { amount: 6 } }"];
    expect(unexercised(wiped)).toEqual([
      { rule: "whole", never: "not-matched" },
      { rule: "part", never: "matched" },
    ]);
    expect(unexercised(wiped, paid)).toEqual([{ rule: "part", never: "not-matched" }]);
    expect(unexercised(wiped, paid, "{ tool: pay, args: { amount: 5 } }")).toEqual([]);
  });

  it("that are not met are told by line and column, with what was expected and what came", async () => {
    const { code, out } = await run(
      cases(
        `{ name: big, call: { tool: pay, args: { id: A1, amount: 5000 } }, after: [open], expect: { tier: clerk, rules: [] } }`,
      ),
    );
    expect(code).toBe(1);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(
      /^policy\.test\.yaml:4:\d+: big: tier is to be clerk, and is lead \(irreversible; big\)$/,
    );
    expect(lines[1]).toMatch(/^policy\.test\.yaml:4:\d+: big: rules is to be none, and is big /);
    const column = Number(/:4:(\d+):/.exec(lines[0] ?? "")?.[1]);
    const [, , , written = ""] = cases(
      `{ name: big, call: { tool: pay, args: { id: A1, amount: 5000 } }, after: [open], expect: { tier: clerk, rules: [] } }`,
    ).split("\n");
    expect(written.slice(column - 1)).toMatch(/^clerk,/);
    expect(out).toContain("0 of 1 cases are as expected");
  });

  it("a rule that could not be decided does not pass for one that stood aside", async () => {
    const { code, out } = await run(cases(`{ name: unknown, ${pay}, expect: { rules: [] } }`));
    expect(code).toBe(1);
    expect(out).toMatch(/undecided is to be none, and is only-open \(only-open: .* is missing\)/);
    const said = await run(cases(`{ name: unknown, ${pay}, expect: { rules: [], undecided: [only-open] } }`));
    expect(said.code).toBe(0);
  });

  it("a key that nothing reads, a name that is not given and a case that expects nothing are refused", async () => {
    for (const [line, message] of [
      [
        `{ name: a, ${pay}, expects: { route: approve }, expect: { route: approve } }`,
        'Unknown key "expects"',
      ],
      [`{ name: a, ${pay}, expect: { rout: approve } }`, 'Unknown key "rout". Known here: route, tier'],
      [
        `{ name: a, ${pay}, after: [shut], expect: { route: approve } }`,
        'There is no "shut" under `given:`. There are open.',
      ],
      [`{ name: a, call: shut, expect: { route: approve } }`, 'There is no "shut" under `calls:`'],
      [`{ name: a, ${pay}, expect: {} }`, "A case that expects nothing cannot fail."],
      [`{ name: a, ${pay}, now: yesterday, expect: { route: approve } }`, "A time is written as"],
    ] as const) {
      const { code, out } = await run(cases(line));
      expect(code).toBe(1);
      expect(out).toMatch(/^policy\.test\.yaml:4:\d+: /);
      expect(out).toContain(message);
    }
  });

  it.each(["airline", "retail", "starter"])(
    "of the example %s are met, and show every rule both ways",
    async (name) => {
      const read = async (ending: string) =>
        readFile(new URL(`../examples/policies/${name}${ending}`, import.meta.url), "utf8");
      const example = loadPolicy(await read(".yaml"), `${name}.yaml`);
      const tested = testPolicy(example, readCases(await read(".test.yaml"), `${name}.test.yaml`));
      expect(tested.failures).toEqual([]);
      expect(tested.unexercised).toEqual([]);
      expect(tested.cases).toBeGreaterThan(20);
      // A rule that is turned round is found by them, whichever it is.
      for (const { id, when } of example.rules) {
        const turned = {
          ...example,
          rules: example.rules.map((rule) =>
            rule.id === id
              ? {
                  ...rule,
                  when: Object.assign(
                    (...[facts]: Parameters<typeof when>) => {
                      const value = when(facts);
                      return value.ok ? { ok: true as const, value: !value.value } : value;
                    },
                    { source: when.source, uses: when.uses },
                  ),
                }
              : rule,
          ),
        };
        const { failures } = testPolicy(turned, readCases(await read(".test.yaml"), `${name}.test.yaml`));
        expect([id, failures.length > 0]).toEqual([id, true]);
      }
    },
  );
});
