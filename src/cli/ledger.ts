// The commands of the ledger. Only `verify` needs no server: whoever checks a ledger should not have to trust one.
import { createReadStream } from "node:fs";
import { messageOf } from "../kernel/errors.js";
import { anchorLine, anchorToLine } from "../ledger/file.js";
import type { SignedSeal } from "../ledger/seal.js";
import { verifyLedger, type Fault, type Verified } from "../ledger/verify.js";
import { defineCommand, Refusal } from "./command.js";
import { printable } from "./printable.js";
import { serverAt } from "./server.js";

export const ledgerExportCommand = defineCommand({
  name: "ledger export",
  usage: "",
  summary: "Print all that is on record, as JSON lines with a signed end.",
  details: `Keep it in a file:  holdpoint ledger export > ledger.jsonl
Needs the role operator.`,
  options: {},
  positionals: [],
  async run(_options, terminal) {
    for await (const piece of serverAt(terminal).ledger()) {
      terminal.out(piece);
      await terminal.drained();
    }
    return 0;
  },
});

export const ledgerSealCommand = defineCommand({
  name: "ledger seal",
  usage: "",
  summary: "Print the newest seal, to be kept where nobody who runs the server can change it.",
  details: `Kept day by day:    holdpoint ledger seal >> seals.jsonl
Needs the role operator.`,
  options: {},
  positionals: [],
  async run(_options, terminal) {
    terminal.out(anchorToLine(await serverAt(terminal).newestSeal()));
    return 0;
  },
});

export const ledgerVerifyCommand = defineCommand({
  name: "ledger verify",
  usage: "FILE [--key KEY]… [--seals FILE]",
  summary:
    "Check an exported ledger, by the file alone: nothing changed, nothing gone, nothing ran unreleased.",
  details: `  --key    a key that may have signed it, as a seal names it; may be given again. Without it any key may, and is told
  --seals  seals that were kept elsewhere: a ledger that was put back to before one of them, or sealed anew, is found out

Each fault is told with its line; exit code 1 where there is one.`,
  options: { key: { type: "string", multiple: true }, seals: { type: "string" } },
  positionals: ["FILE"],
  async run({ key, seals }, terminal, file = "") {
    const anchors = seals === undefined ? [] : await readAnchors(seals);
    const verified = await verifyLedger(linesOf(file), { keys: key ? new Set(key) : null, anchors });
    for (const fault of verified.faults) terminal.err(faultText(file, fault));
    if (verified.faults.length > 0) {
      terminal.err(`This ledger does not hold together.\n`);
      return 1;
    }
    terminal.out(wholeText(verified, key !== undefined));
    return 0;
  },
});

function faultText(file: string, { line, says }: Fault): string {
  return `${printable(file)}:${line === null ? "" : `${line}:1:`} ${printable(says)}\n`;
}

function wholeText(verified: Verified, isTrusted: boolean): string {
  const { tenant, entries, streams, seals, sealedAt, unsealed, keys } = verified;
  const { attempted, unproposed } = verified;
  const unjudged =
    unproposed === 0
      ? ""
      : `${unproposed} calls were attempted of which it has no proposal: they are older than it, or one was left out.\n`;
  const sealed =
    sealedAt === null
      ? "No seal was made yet: that nothing was cut off at the end, nobody can tell."
      : `${seals} seals, the last of ${printable(sealedAt)}; ${unsealed} entries are not sealed yet.`;
  return `${entries} entries in ${streams} streams of the tenant ${printable(tenant ?? "")} hold together.
${attempted - unproposed} calls were attempted, each released before, on its arguments.
${unjudged}${sealed}
Signed by ${keys.map(printable).join(", ")}.${isTrusted ? "" : " Is that your server's key? Name it with --key."}
`;
}

/** A seal of a million streams has fewer characters. */
const longestLine = 2 ** 28;

/** Split at line feeds and nowhere else; bytes that are no UTF-8 are refused. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // What is known of the line that has not ended yet, joined once it has: joined again and again, a long one would cost the
  // square of its length.
  let begun: string[] = [];
  let length = 0;
  const add = (piece: string): void => {
    length += piece.length;
    if (length > longestLine) throw new Error("it has a line that is longer than any of a ledger.");
    begun.push(piece);
  };
  const end = (): string => {
    const line = begun.join("");
    begun = [];
    length = 0;
    return line;
  };
  try {
    for await (const bytes of createReadStream(file)) {
      const [first = "", ...others] = decoder.decode(bytes as Buffer, { stream: true }).split("\n");
      add(first);
      for (const piece of others) {
        yield end();
        add(piece);
      }
    }
    add(decoder.decode());
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
  }
  // A line that was cut off.
  if (length > 0) yield end();
}

async function readAnchors(file: string): Promise<SignedSeal[]> {
  const anchors: SignedSeal[] = [];
  let at = 0;
  for await (const line of linesOf(file)) {
    at += 1;
    const read = anchorLine.safeParse(parse(line));
    if (!read.success)
      throw new Refusal(`${file}:${at}:1: It is no seal, as "holdpoint ledger seal" prints them.`);
    anchors.push(read.data);
  }
  return anchors;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
