// The commands of who decides in whose stead.
import { z } from "zod";
import { deputyRequestSchema, type Deputy } from "../http/contract.js";
import { defineCommand, Refusal, UsageError } from "./command.js";
import { shortIds } from "./find-review.js";
import { printable, printableJson } from "./printable.js";
import { serverAt, type Server } from "./server.js";
import { formatTable } from "./table.js";

export const deputiesCommand = defineCommand({
  name: "deputies",
  usage: "[--json]",
  summary: "List who decides in your stead, and in whose you decide; to an operator, all.",
  details: "  --json  one JSON array in place of the table",
  options: { json: { type: "boolean", default: false } },
  positionals: [],
  async run({ json }, terminal) {
    const deputies = await serverAt(terminal).deputies();
    if (json) terminal.out(`${printableJson(deputies)}\n`);
    else terminal.out(deputies.length === 0 ? "Nobody decides in another's stead.\n" : listText(deputies));
    return 0;
  },
});

export const addDeputyCommand = defineCommand({
  name: "deputy add",
  usage: "WHO --until TIME [--role ROLE]… [--reason TEXT]",
  summary: "Have somebody decide in your stead, until a time.",
  details: `WHO is an account, as key:ben, or a person.
  --until TIME   its end, as 2027-01-31T18:00:00Z
  --role ROLE    only this role of yours; may be given more than once. Left out: all of them
  --reason TEXT  why, for whoever reads it`,
  options: {
    until: { type: "string" },
    role: { type: "string", multiple: true },
    reason: { type: "string" },
  },
  positionals: ["WHO"],
  async run({ until, role: roles, reason }, terminal, to = "") {
    const asked = deputyRequestSchema.safeParse({ to, until: untilFrom(until), roles, reason });
    if (!asked.success) throw new UsageError(z.prettifyError(asked.error));
    const given = await serverAt(terminal).giveDeputy(asked.data);
    terminal.out(
      `${sentenceOf(given)}\nTake it back with: holdpoint deputy remove ${given.id.slice(0, 8)}\n`,
    );
    return 0;
  },
});

export const removeDeputyCommand = defineCommand({
  name: "deputy remove",
  usage: "ID",
  summary: "Take back at once what a deputy was given: yours, or as an operator anybody's.",
  details: "",
  options: {},
  positionals: ["ID"],
  async run(_, terminal, typed = "") {
    const server = serverAt(terminal);
    const deputy = await findOne(server, typed);
    await server.revokeDeputy(deputy.id);
    terminal.out(`${printable(deputy.to)} no longer decides in the stead of ${printable(deputy.from.id)}.\n`);
    return 0;
  },
});

function untilFrom(typed: string | undefined): string {
  if (typed === undefined) throw new UsageError("--until is missing: a deputy is one until a time.");
  const time = new Date(typed);
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`--until takes a time as 2027-01-31T18:00:00Z, not "${typed}".`);
  return time.toISOString();
}

/** The beginning of an id is enough. */
async function findOne(server: Server, typed: string): Promise<Deputy> {
  const [only, ...more] = (await server.deputies()).filter(({ id }) => id.startsWith(typed.toLowerCase()));
  if (!only) throw new Refusal(`There is no deputy ${printable(typed)}. See: holdpoint deputies`);
  if (more.length > 0) throw new Refusal(`More than one begins with ${printable(typed)}.`);
  return only;
}

function sentenceOf({ from, to, roles, until }: Deputy): string {
  return `${printable(to)} decides in the stead of ${printable(from.id)}, as ${printable(roles.join(", "))}, until ${until}.`;
}

function listText(deputies: readonly Deputy[]): string {
  const ids = shortIds(deputies.map(({ id }) => id));
  const rows = deputies.map(({ id, from, to, roles, until, reason }, index) => [
    ids[index] ?? id,
    printable(to),
    printable(from.id),
    printable(roles.join(", ")),
    until,
    printable(reason ?? ""),
  ]);
  return formatTable(["id", "decides", "in the stead of", "as", "until", "reason"], rows);
}
