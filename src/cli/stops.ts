// The commands of the stop button.
import type { Stop } from "../http/contract.js";
import { defineCommand, oneOf, Refusal, UsageError } from "./command.js";
import { shortIds } from "./find-review.js";
import { printable, printableJson } from "./printable.js";
import { ageOf } from "./review-text.js";
import { serverAt, type Server } from "./server.js";
import { formatTable } from "./table.js";

export const stopCommand = defineCommand({
  name: "stop",
  usage: "agent NAME | tool NAME | tenant | all --why TEXT",
  summary: "Stop an agent, a tool, your tenant or everything, until somebody lifts it.",
  details: `What is at work finishes; nothing new is begun. Calls that would have run are held.
Needs the role operator.`,
  options: { why: { type: "string" } },
  positionals: ["agent, tool, tenant or all", "[NAME]"],
  async run({ why }, terminal, typed = "", name?: string) {
    const kind = oneOf(typed, "stop", ["agent", "tool", "tenant", "all"]);
    const isNamed = kind === "agent" || kind === "tool";
    if (isNamed && name === undefined) throw new UsageError(`Name the ${kind} to stop.`);
    if (!isNamed && name !== undefined) throw new UsageError(`"${name}" is one word too many.`);
    const asked = { kind, why: whyIn(why), ...(name === undefined ? {} : { name }) };
    const stop = await serverAt(terminal).stop(asked);
    terminal.out(`${sentenceOf(stop)}\nLift it with: holdpoint lift ${stop.id.slice(0, 8)} --why "…"\n`);
    return 0;
  },
});

export const stopsCommand = defineCommand({
  name: "stops",
  usage: "[--all] [--json]",
  summary: "List what is stopped, by whom and why.",
  details: `  --all   lifted ones too
  --json  one JSON array in place of the table`,
  options: { all: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  positionals: [],
  async run({ all, json }, terminal) {
    const stops = await serverAt(terminal).stops(all ? "all" : "standing");
    if (json) terminal.out(`${printableJson(stops)}\n`);
    else if (stops.length === 0) terminal.out(all ? "Nothing was ever stopped.\n" : "Nothing is stopped.\n");
    else terminal.out(listText(stops, new Date()));
    return 0;
  },
});

export const liftCommand = defineCommand({
  name: "lift",
  usage: "ID --why TEXT",
  summary: "Lift a stop: what it held goes on.",
  details: "",
  options: { why: { type: "string" } },
  positionals: ["ID"],
  async run({ why }, terminal, typed = "") {
    const said = whyIn(why);
    const server = serverAt(terminal);
    terminal.out(`${sentenceOf(await server.lift(await fullId(server, typed), said))}\n`);
    return 0;
  },
});

function whyIn(why: string | undefined): string {
  if (why?.trim()) return why;
  throw new UsageError("--why is missing: whoever finds the stop has to know what for.");
}

/** The beginning of an id is enough. */
async function fullId(server: Server, typed: string): Promise<string> {
  const found = (await server.stops("all")).filter(({ id }) => id.startsWith(typed.toLowerCase()));
  const [only, ...more] = found;
  if (!only) throw new Refusal(`There is no stop ${printable(typed)}. See: holdpoint stops`);
  if (more.length > 0) throw new Refusal(`More than one stop begins with ${printable(typed)}.`);
  return only.id;
}

function sentenceOf(stop: Stop): string {
  const { by, at, why, lifted } = lifting(stop);
  return `${lifted ? "Lifted" : "Stopped"}: ${subjectOf(stop)}, by ${printable(by.id)} at ${at}: ${printable(why)}`;
}

function lifting({ by, at, why, lifted }: Stop) {
  return lifted ? { ...lifted, lifted: true } : { by, at, why, lifted: false };
}

function subjectOf({ kind, name }: Stop): string {
  switch (kind) {
    case "agent":
    case "tool":
      return `${kind} ${printable(name ?? "")}`;
    case "tenant":
      return "this tenant";
    case "all":
      return "everything";
  }
}

function listText(stops: readonly Stop[], now: Date): string {
  const ids = shortIds(stops.map(({ id }) => id));
  const rows = stops.map((stop, index) => [
    ids[index] ?? stop.id,
    subjectOf(stop),
    printable(stop.by.id),
    ageOf(stop.at, now),
    printable(stop.why),
    stop.lifted ? `by ${printable(stop.lifted.by.id)}: ${printable(stop.lifted.why)}` : "",
  ]);
  return formatTable(["id", "stopped", "by", "age", "why", "lifted"], rows);
}
