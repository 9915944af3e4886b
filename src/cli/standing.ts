// The commands of standing approvals.
import { standingRequestSchema, type StandingApproval } from "../http/contract.js";
import { z } from "zod";
import { countFrom, defineCommand, Refusal, UsageError } from "./command.js";
import { shortIds } from "./find-review.js";
import { printable, printableJson } from "./printable.js";
import { serverAt, type Server } from "./server.js";
import { formatTable } from "./table.js";

export const standingCommand = defineCommand({
  name: "standing list",
  usage: "[--all] [--json]",
  summary: "List what is approved in advance, and what of it is used up.",
  details: `  --all   what is revoked, used up or over, too
  --json  one JSON array in place of the table`,
  options: { all: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  positionals: [],
  async run({ all, json }, terminal) {
    const listed = await serverAt(terminal).standing(all ? "all" : "live");
    if (json) terminal.out(`${printableJson(listed)}\n`);
    else terminal.out(listed.length === 0 ? "Nothing is approved in advance.\n" : listText(listed));
    return 0;
  },
});

export const addCommand = defineCommand({
  name: "standing add",
  usage: "TOOL --count N --until TIME --reason TEXT [--when CEL] [--max-amount N] [--per-call N] …",
  summary: "Approve a class of calls in advance: each use is a decision of its own.",
  details: `  --count N        how many calls at most
  --until TIME     its end, as 2027-01-31T18:00:00Z
  --reason TEXT    why; it stands with each use
  --when CEL       only calls of which this is true, as "args.amount < 50"
  --max-amount N   in all, in what the policy's \`amount\` counts in
  --per-call N     of one call
  --agent NAME     only calls of this agent
  --thread ID      only in this conversation
  --cron ID        only in runs that this cron begins
  --tier TIER      no call that waits for a higher tier
  --hours WINDOW   only then, as "mon-fri 09:00-17:00 Europe/Berlin", or the name of a calendar of the policy`,
  options: {
    count: { type: "string" },
    until: { type: "string" },
    reason: { type: "string" },
    when: { type: "string" },
    "max-amount": { type: "string" },
    "per-call": { type: "string" },
    agent: { type: "string" },
    thread: { type: "string" },
    cron: { type: "string" },
    tier: { type: "string" },
    hours: { type: "string" },
  },
  positionals: ["TOOL"],
  async run(given, terminal, tool = "") {
    const { count, until, reason, hours, thread: threadId } = given;
    const asked = standingRequestSchema.safeParse({
      tool,
      maxCount: countFrom(count, "--count"),
      until: until === undefined || Number.isNaN(Date.parse(until)) ? until : new Date(until).toISOString(),
      reason,
      when: given.when,
      maxAmount: numberFrom(given["max-amount"]),
      perCall: numberFrom(given["per-call"]),
      agent: given.agent,
      threadId,
      cron: given.cron,
      tier: given.tier,
      hours: hours === undefined ? undefined : hoursFrom(hours),
    });
    if (!asked.success) throw new UsageError(z.prettifyError(asked.error));
    const made = await serverAt(terminal).makeStanding(asked.data);
    terminal.out(
      `${sentenceOf(made)}\nRevoke it with: holdpoint standing revoke ${made.id.slice(0, 8)} --reason "…"\n`,
    );
    return 0;
  },
});

export const signCommand = defineCommand({
  name: "standing sign",
  usage: "ID",
  summary: "Sign a standing approval beside the others.",
  details: "",
  options: {},
  positionals: ["ID"],
  async run(_, terminal, typed = "") {
    const server = serverAt(terminal);
    const { id } = await findOne(server, typed);
    terminal.out(`${sentenceOf(await server.signStanding(id))}\n`);
    return 0;
  },
});

export const revokeCommand = defineCommand({
  name: "standing revoke",
  usage: "ID --reason TEXT",
  summary: "Take a standing approval back at once.",
  details: "What it released and nobody has begun waits for a person again.",
  options: { reason: { type: "string" } },
  positionals: ["ID"],
  async run({ reason }, terminal, typed = "") {
    if (!reason?.trim()) throw new UsageError("--reason is missing: say what for.");
    const server = serverAt(terminal);
    const { id } = await findOne(server, typed);
    terminal.out(`${sentenceOf(await server.revokeStanding(id, reason))}\n`);
    return 0;
  },
});

function numberFrom(typed: string | undefined): number | undefined {
  return typed === undefined ? undefined : Number(typed);
}

const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `mon-fri 09:00-17:00 Europe/Berlin`, or days with commas between; a word alone is a calendar. */
function hoursFrom(typed: string): unknown {
  const [days = "", times, zone = ""] = typed.trim().split(/\s+/);
  if (times === undefined) return days;
  const [from, to] = times.split("-");
  return { zone, days: days.split(",").flatMap(daysFrom), from, to };
}

function daysFrom(typed: string): string[] {
  const [first = "", last = first] = typed.toLowerCase().split("-");
  const [begin, end] = [week.indexOf(first), week.indexOf(last)];
  return begin < 0 || end < begin ? [typed] : week.slice(begin, end + 1);
}

async function findOne(server: Server, typed: string): Promise<StandingApproval> {
  const found = (await server.standing("all")).filter(({ id }) => id.startsWith(typed.toLowerCase()));
  const [only, ...more] = found;
  if (!only)
    throw new Refusal(`There is no standing approval ${printable(typed)}. See: holdpoint standing list`);
  if (more.length > 0) throw new Refusal(`More than one begins with ${printable(typed)}.`);
  return only;
}

function sentenceOf(approval: StandingApproval): string {
  const { tool, usedCount, maxCount, until, signers, revoked, unfit } = approval;
  const by = signers.map(({ id }) => printable(id)).join(", ");
  const end = revoked
    ? `revoked by ${printable(revoked.by.id)}: ${printable(revoked.why)}`
    : `until ${until}`;
  return `${printable(tool)}: ${usedCount} of ${maxCount} calls${amountText(approval)}, signed by ${by}, ${end}.${unfit === null ? "" : ` ${printable(unfit)}`}`;
}

/** When, and what keeps calls from fitting. */
function windowText({ hours, unfit }: StandingApproval): string {
  const when =
    hours === null
      ? "any time"
      : typeof hours === "string"
        ? hours
        : `${hours.days.join(",")} ${hours.from}-${hours.to} ${hours.zone}`;
  return printable(unfit === null ? when : `${when}: ${unfit}`);
}

function amountText({ usedAmount, maxAmount, currency }: StandingApproval): string {
  return maxAmount === null
    ? ""
    : `, ${usedAmount} of ${maxAmount}${currency === null ? "" : ` ${currency}`}`;
}

function listText(listed: readonly StandingApproval[]): string {
  const ids = shortIds(listed.map(({ id }) => id));
  const rows = listed.map((approval, index) => [
    ids[index] ?? approval.id,
    printable(approval.tool),
    printable(approval.when ?? "any"),
    `${approval.usedCount} of ${approval.maxCount}${amountText(approval)}`,
    approval.revoked ? `revoked by ${printable(approval.revoked.by.id)}` : `until ${approval.until}`,
    windowText(approval),
    approval.signers.map(({ id }) => printable(id)).join(", "),
    printable(approval.reason),
  ]);
  return formatTable(["id", "tool", "when", "used", "", "hours", "signed by", "reason"], rows);
}
