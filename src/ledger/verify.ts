// Whether an exported ledger holds together, by the file alone: no database, no network, and no trust in whoever wrote it.
import { canonicalJson } from "../kernel/json.js";
import { ledgerLine, type LedgerLine } from "./file.js";
import type { SignedSeal } from "./seal.js";
import { createChainCheck } from "./verify-chain.js";
import { createEndCheck } from "./verify-end.js";
import { createReleaseCheck } from "./verify-release.js";
import { createSealCheck } from "./verify-seals.js";

export interface Trust {
  /** Keys that may have signed; null: any, and they are told. */
  keys: ReadonlySet<string> | null;
  /** Seals that were kept elsewhere: each has to be in the file. */
  anchors: readonly SignedSeal[];
}

export interface Fault {
  /** From 1; null: what is missing has none. */
  line: number | null;
  says: string;
}
export type Report = (line: number | null, says: string) => void;

export interface Verified {
  tenant: string | null;
  entries: number;
  streams: number;
  seals: number;
  /** When the last seal was made. */
  sealedAt: string | null;
  /** Entries that no seal covers yet: of these a cut is not seen. */
  unsealed: number;
  /** Who signed. */
  keys: readonly string[];
  /** Calls that were attempted; each on what released it, where there is no fault. */
  attempted: number;
  /** Of these, calls whose proposal is not on the ledger: older than it, or left out. They are not judged. */
  unproposed: number;
  /** In the order of the file; the first thousand. */
  faults: readonly Fault[];
}

const mostFaults = 1_000;

export async function verifyLedger(lines: AsyncIterable<string>, trust: Trust): Promise<Verified> {
  const faults: Fault[] = [];
  const report: Report = (line, says) => void (faults.length < mostFaults && faults.push({ line, says }));
  const chain = createChainCheck(report);
  const release = createReleaseCheck(report);
  const seals = createSealCheck(report, trust, chain.hashAt);
  const end = createEndCheck(report, trust);
  let tenant: string | null = null;
  let at = 0;

  for await (const text of lines) {
    at += 1;
    const read = readLine(text);
    if (typeof read === "string") {
      report(at, read);
      continue;
    }
    end.before(read, at);
    switch (read.line) {
      case "begin":
        tenant = read.tenant;
        break;
      case "entry":
        chain.take(read, tenant ?? "", at);
        release.take(read, at);
        break;
      case "seal":
        seals.take(read, tenant, at);
        break;
      case "end": {
        const counted = chain.counted();
        end.take(
          read,
          { tenant, ...counted, ...seals.counted(), unsealed: seals.unsealed(counted.heads) },
          at,
        );
        break;
      }
    }
  }
  seals.end();
  end.end();
  const { entries, heads } = chain.counted();
  return {
    tenant,
    entries,
    streams: heads.length,
    ...seals.counted(),
    unsealed: seals.unsealed(heads),
    keys: [...new Set([...seals.keys(), ...end.keys()])],
    ...release.counted(),
    faults,
  };
}

/** What is wrong with it, where it cannot be read. */
function readLine(text: string): LedgerLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "It is no JSON.";
  }
  const parsed = ledgerLine.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    return `It is no line of a ledger${where === "" ? "" : `, at ${where}`}: ${issue?.message ?? "it has another form"}.`;
  }
  // Two texts of one value would be two files of one ledger, and a key that stands twice is read differently elsewhere.
  if (canonicalJson(parsed.data) !== text) return "It is not in canonical form (RFC 8785).";
  return parsed.data;
}
