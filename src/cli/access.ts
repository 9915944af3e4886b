import { readFile } from "node:fs/promises";
import { newKey } from "../access/keys.js";
import { loadAccess } from "../access/load-access.js";
import { keySchema } from "../access/schema.js";
import { isHoldpointError, messageOf } from "../kernel/errors.js";
import { defineCommand, Refusal, UsageError } from "./command.js";
import { printable, printableLines } from "./printable.js";

export const accessKeyCommand = defineCommand({
  name: "access key",
  usage: "ID [--role ROLE]... [--tenant NAME] [--person | --agent]",
  summary: "Make an API key, and its line for the access file.",
  details:
    "The key is shown this once and kept nowhere: the file has its hash. A caller without a role talks to agents in threads\n" +
    "of its own; with one it sees its tenant's threads and reviews, and decides what that role may; the role operator changes\n" +
    "assistants, crons and the store.",
  options: {
    role: { type: "string", multiple: true },
    tenant: { type: "string" },
    person: { type: "boolean" },
    agent: { type: "boolean" },
  },
  positionals: ["ID"],
  run({ role, tenant, person, agent }, terminal, id = "") {
    if (person && agent) throw new UsageError("A caller is a person or an agent, not both.");
    const { key, sha256 } = newKey();
    const entry = keySchema.safeParse({
      id,
      sha256,
      ...(person || agent ? { kind: person ? "person" : "agent" } : {}),
      ...(tenant === undefined ? {} : { tenant }),
      ...(role === undefined ? {} : { roles: role }),
    });
    if (!entry.success) throw new UsageError(entry.error.issues.map(({ message }) => message).join(" "));
    const { kind, tenant: whose, roles } = entry.data;
    terminal.err("The key, shown this once. Keep it where secrets are kept:\n");
    terminal.out(`${key}\n`);
    terminal.err(
      "Its line, under `keys:` in the access file (HOLDPOINT_ACCESS):\n" +
        `  - { id: ${JSON.stringify(id)}, kind: ${kind}, tenant: ${JSON.stringify(whose)}, ` +
        `roles: ${JSON.stringify(roles)}, sha256: "${sha256}" }\n`,
    );
    return Promise.resolve(0);
  },
});

export const accessCheckCommand = defineCommand({
  name: "access check",
  usage: "FILE",
  summary: "Check an access file before it goes live.",
  details:
    "Prints FILE:LINE:COL: message for each problem and ends with 1, or what it lets in and ends with 0.",
  options: {},
  positionals: ["FILE"],
  async run(_, terminal, file = "") {
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
    });
    try {
      const { keys, issuers, origins } = loadAccess(text, file);
      const callers = [
        ...keys.map(({ id, tenant, roles }) => `key ${id} (${tenant}): ${rolesInWords(roles)}`),
        ...issuers.map(
          ({ issuer, roles }) => `tokens of ${issuer}: ${rolesInWords(Object.values(roles?.names ?? {}))}`,
        ),
        ...origins.map((origin) => `pages of ${origin}`),
      ];
      terminal.out(`${printable(file)}: ok\n${callers.map((line) => `  ${printable(line)}\n`).join("")}`);
      return 0;
    } catch (error) {
      if (!isHoldpointError(error, "access_invalid")) throw error;
      terminal.out(`${printableLines(error.message)}\n`);
      return 1;
    }
  },
});

function rolesInWords(roles: readonly string[]): string {
  return roles.length === 0 ? "no roles" : [...new Set(roles)].join(", ");
}
