import { defineCommand } from "./command.js";
import { printable, printableJson, printableLines } from "./printable.js";
import { serverAt } from "./server.js";
import { formatTable } from "./table.js";
import type { PolicyVersion } from "../http/contract.js";

export const policyVersionsCommand = defineCommand({
  name: "policy versions",
  usage: "[VERSION] [--json]",
  summary: "List the policies that were in force, since when and by whom; or print the source of one.",
  details: "  --json  one JSON array, or one object with the source\n\nThe beginning of a version is enough.",
  options: { json: { type: "boolean", default: false } },
  positionals: ["[VERSION]"],
  async run({ json }, terminal, version) {
    const server = serverAt(terminal);
    if (version !== undefined) {
      const found = await server.policy(version);
      terminal.out(
        json
          ? `${printableJson(found)}\n`
          : printableLines(found.source ?? "It was given as an object, and has no text.\n"),
      );
      return 0;
    }
    const versions: PolicyVersion[] = [];
    for await (const one of server.policies()) versions.push(one);
    terminal.out(json ? `${printableJson(versions)}\n` : listText(versions));
    return 0;
  },
});

function listText(versions: readonly PolicyVersion[]): string {
  const rows = versions.flatMap(({ version, firstUsedAt, terms }) =>
    terms.length === 0
      ? [[version.slice(0, 12), "", firstUsedAt, "", ""]]
      : terms.map(({ agent, since, until, by }) => [
          version.slice(0, 12),
          agent,
          since,
          until ?? "in force",
          printable(by.id),
        ]),
  );
  return formatTable(["version", "agent", "since", "until", "by"], rows);
}
