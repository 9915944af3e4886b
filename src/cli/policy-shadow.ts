import type { ShadowReport } from "../http/contract.js";
import { defineCommand } from "./command.js";
import { casesText, movesText, shareOf } from "./policy-replay.js";
import { printableJson } from "./printable.js";
import { serverAt } from "./server.js";

export const policyShadowCommand = defineCommand({
  name: "policy shadow",
  usage: "[--json]",
  summary: "What the policy that judges beside the one in force says otherwise.",
  details: `A server that is started with HOLDPOINT_POLICY_SHADOW=FILE has FILE judge every call too. It rules nothing.

  --json  one JSON object; null where nothing shadows`,
  options: { json: { type: "boolean", default: false } },
  positionals: [],
  async run({ json }, terminal) {
    const report = await serverAt(terminal).shadow();
    if (json) terminal.out(`${printableJson(report)}\n`);
    else if (report === null)
      terminal.out(
        "Nothing shadows. Start the server with HOLDPOINT_POLICY_SHADOW=FILE to have FILE judge beside the policy in force.\n",
      );
    else terminal.out(shadowText(report));
    return 0;
  },
});

function shadowText({ version, since, said, held, moves, cases }: ShadowReport): string {
  const { same, differs, unknowable, failed } = said;
  const calls = same + differs + unknowable + failed;
  const newest = cases.slice(0, 20).map((one) => ({ ...one, reasonsAfter: one.to.reasons, outcome: null }));
  return [
    `Version ${version.slice(0, 12)} shadows since ${since}: ${calls} calls, of which it would judge ${differs} otherwise.\n`,
    `Waiting for a person: ${shareOf(held.before, calls)} now, ${shareOf(held.after, calls)} by the shadow.\n`,
    ...(unknowable + failed === 0
      ? []
      : [
          `It could not judge ${unknowable + failed}: ${unknowable} for want of words, ${failed} for a fault.\n`,
        ]),
    ...movesText({ moves }),
    ...casesText(newest, differs),
  ].join("");
}
