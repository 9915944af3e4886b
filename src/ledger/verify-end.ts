// Is the file whole: from its beginning to a signed end that counts what there has to be?
import { signedEnd, type LedgerEnd, type LedgerLine } from "./file.js";
import { rootOfLeaves, type Leaf } from "./seal.js";
import { isSignedBy } from "./signature.js";
import type { Report, Trust } from "./verify.js";

interface Counted {
  tenant: string | null;
  entries: number;
  heads: readonly Leaf[];
  seals: number;
  unsealed: number;
}

export interface EndCheck {
  /** Each line, before it is looked at. */
  before(line: LedgerLine, at: number): void;
  take(line: { end: LedgerEnd; signature: string }, counted: Counted, at: number): void;
  end(): void;
  keys(): readonly string[];
}

/** In which order kinds of lines stand. */
const order: readonly LedgerLine["line"][] = ["begin", "entry", "seal", "end"];

export function createEndCheck(report: Report, trust: Trust): EndCheck {
  let last: LedgerLine["line"] | null = null;
  let key: string | null = null;

  return {
    before({ line }, at) {
      if (last === null && line !== "begin") report(at, "The file does not begin with whose ledger it is.");
      else if (last === "begin" && line === "begin") report(at, "The file begins twice.");
      else if (last === "end") report(at, "Something stands after the end.");
      else if (last !== null && order.indexOf(line) < order.indexOf(last))
        report(at, `A line of kind ${line} stands after one of kind ${last}.`);
      last = line;
    },

    take({ end, signature }, { tenant, entries, heads, seals, unsealed }, at) {
      key = end.key;
      if (!isSignedBy(end.key, signedEnd(end), signature))
        report(at, `The end does not bear the signature of its key ${end.key}.`);
      if (trust.keys !== null && !trust.keys.has(end.key))
        report(at, `The end is signed by the key ${end.key}, which is not among those you trust.`);
      if (end.tenant !== tenant)
        report(at, `The end is of the tenant ${end.tenant}, and the ledger is of ${tenant ?? "nobody"}.`);
      const counts = [
        ["entries", end.entries, entries],
        ["streams", end.streams, heads.length],
        ["seals", end.seals, seals],
        ["entries that are not sealed", end.unsealed, unsealed],
      ] as const;
      for (const [what, said, found] of counts)
        if (said !== found) report(at, `The end counts ${said} ${what}, and there are ${found}.`);
      if (end.root !== rootOfLeaves(heads)) report(at, "The end is of other entries than those of the file.");
    },

    end() {
      if (last !== "end") report(null, "The file has no end: it was cut off, or is still being written.");
    },

    keys: () => (key === null ? [] : [key]),
  };
}
