// Does each entry follow the one before it?
import { hashOfEntry, type LedgerEntry } from "./chain.js";
import { byStream, type Leaf } from "./seal.js";
import type { Report } from "./verify.js";

export interface ChainCheck {
  take(entry: LedgerEntry, tenant: string, line: number): void;
  /** Of an entry that the file has. */
  hashAt(stream: string, n: number): string | undefined;
  /** `heads`: the last of each stream. */
  counted(): { entries: number; heads: readonly Leaf[] };
}

export function createChainCheck(report: Report): ChainCheck {
  /** Of each stream the hashes of its entries, in their order. */
  const hashes = new Map<string, string[]>();
  let last: LedgerEntry | null = null;
  let entries = 0;

  return {
    take(entry, tenant, line) {
      const { stream, n, prev, hash } = entry;
      const before = last?.stream === stream ? last : null;
      if (last !== null && before === null && byStream(last, entry) >= 0)
        report(
          line,
          `The stream ${stream} stands after ${last.stream}: streams are in the order of their names.`,
        );
      const expected = (before?.n ?? 0) + 1;
      if (n !== expected) report(line, outOfPlace(entry, expected));
      else if (prev !== (before?.hash ?? ""))
        report(line, `${nameOf(entry)} does not follow the entry before it: one of the two was changed.`);
      if (hash !== hashOfEntry(tenant, entry))
        report(line, `${nameOf(entry)} is not what was written: its hash is another.`);
      const own = hashes.get(stream) ?? [];
      own[n - 1] = hash;
      hashes.set(stream, own);
      entries += 1;
      last = entry;
    },
    hashAt: (stream, n) => hashes.get(stream)?.[n - 1],
    counted: () => ({
      entries,
      heads: [...hashes].map(([stream, own]) => ({ stream, n: own.length, hash: own.at(-1) ?? "" })),
    }),
  };
}

function outOfPlace(entry: LedgerEntry, expected: number): string {
  const { n } = entry;
  if (n < expected)
    return `${nameOf(entry)} stands where entry ${expected} belongs: it is there twice, or moved.`;
  return n === expected + 1
    ? `Entry ${expected} of ${entry.stream} is missing.`
    : `Entries ${expected} to ${n - 1} of ${entry.stream} are missing.`;
}

export function nameOf({ stream, n }: Pick<LedgerEntry, "stream" | "n">): string {
  return `Entry ${n} of ${stream}`;
}
