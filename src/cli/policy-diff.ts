// What one policy says otherwise than another: files, or versions on record.
import { existsSync } from "node:fs";
import { loadPolicy } from "../policies/load-policy.js";
import { diffPolicies } from "../policies/diff.js";
import type { Policy } from "../policies/policy.js";
import { defineCommand, Refusal } from "./command.js";
import { readPolicyText } from "./policy-text.js";
import { printable, printableJson } from "./printable.js";
import { serverAt } from "./server.js";
import type { Terminal } from "./terminal.js";

export const policyDiffCommand = defineCommand({
  name: "policy diff",
  usage: "A B [--json]",
  summary: "Say in words what policy B says otherwise than policy A: tools, facts, rules, tiers.",
  details: `Each is a file, or a version on record as \`holdpoint policy versions\` lists it, of which the server is asked.

  --json  one JSON array

Exit code 0 whether they differ or not.`,
  options: { json: { type: "boolean", default: false } },
  positionals: ["A", "B"],
  async run({ json }, terminal, a = "", b = "") {
    const [from, to] = [await policyAt(terminal, a), await policyAt(terminal, b)];
    const changes = diffPolicies(from, to);
    if (json) terminal.out(`${printableJson(changes)}\n`);
    else if (changes.length === 0) terminal.out(nothing(from, to));
    else terminal.out(changes.map(({ text }) => `${printable(text)}\n`).join(""));
    return 0;
  },
});

async function policyAt(terminal: Terminal, named: string): Promise<Policy> {
  if (existsSync(named) || !/^[0-9a-f]{4,64}$/.test(named))
    return loadPolicy(await readPolicyText(named), named);
  const { source, version } = await serverAt(terminal).policy(named);
  if (source === null)
    throw new Refusal(`The version ${version} was given as an object, and has no text to compare.`);
  return loadPolicy(source, version);
}

function nothing(from: Policy, to: Policy): string {
  return from.version === to.version
    ? `Both are the version ${from.version}.\n`
    : "They rule the same; only what decides nothing differs, such as the order of rules, or a fact that no rule reads.\n";
}
