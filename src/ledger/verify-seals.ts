// Is what was sealed still there, as it was sealed, by somebody who may?
import type { SealLine } from "./file.js";
import { hashOfSeal, rootOfLeaves, signedOf, type Leaf, type Seal } from "./seal.js";
import { isSignedBy } from "./signature.js";
import type { Report, Trust } from "./verify.js";

export interface SealCheck {
  take(line: SealLine, tenant: string | null, at: number): void;
  end(): void;
  counted(): { seals: number; sealedAt: string | null };
  keys(): readonly string[];
  /** How many entries no seal covers. */
  unsealed(heads: readonly Leaf[]): number;
}

export function createSealCheck(
  report: Report,
  trust: Trust,
  hashAt: (stream: string, n: number) => string | undefined,
): SealCheck {
  const hashes: string[] = [];
  const keys = new Set<string>();
  /** Up to which entry each stream is sealed. */
  const sealedTo = new Map<string, number>();
  let last: Seal | null = null;

  return {
    take({ seal, leaves, signature }, tenant, at) {
      const expected = (last?.n ?? 0) + 1;
      if (seal.n !== expected)
        report(at, `Seal ${seal.n} stands where seal ${expected} belongs: seals are missing, or moved.`);
      else if (seal.prev !== (last === null ? "" : hashOfSeal(last)))
        report(at, `Seal ${seal.n} does not follow the seal before it: one of the two was changed.`);
      if (seal.tenant !== tenant)
        report(
          at,
          `Seal ${seal.n} is of the tenant ${seal.tenant}, and the ledger is of ${tenant ?? "nobody"}.`,
        );
      if (!isSignedBy(seal.key, signedOf(seal), signature))
        report(at, `Seal ${seal.n} does not bear the signature of its key ${seal.key}.`);
      if (trust.keys !== null && !trust.keys.has(seal.key))
        report(at, `Seal ${seal.n} is signed by the key ${seal.key}, which is not among those you trust.`);
      if (seal.streams !== leaves.length || seal.root !== rootOfLeaves(leaves))
        report(at, `Seal ${seal.n} is of other entries than those that stand under it.`);
      for (const { stream, n, hash } of leaves) {
        const found = hashAt(stream, n);
        if (found === undefined)
          report(at, `Entry ${n} of ${stream} was sealed by seal ${seal.n}, at ${seal.at}, and is gone.`);
        else if (found !== hash)
          report(
            at,
            `Entry ${n} of ${stream} was sealed by seal ${seal.n}, at ${seal.at}, and is another now.`,
          );
        sealedTo.set(stream, Math.max(n, sealedTo.get(stream) ?? 0));
      }
      hashes[seal.n - 1] = hashOfSeal(seal);
      keys.add(seal.key);
      last = seal;
    },

    end() {
      for (const { seal, signature } of trust.anchors) {
        if (!isSignedBy(seal.key, signedOf(seal), signature))
          report(
            null,
            `The seal ${seal.n} that you kept does not bear the signature of its key ${seal.key}.`,
          );
        else if (hashes[seal.n - 1] === undefined)
          report(
            null,
            `Seal ${seal.n} of ${seal.at}, which you kept, is not in the file: it was exported before, or the ledger was put back to before it, or cut.`,
          );
        else if (hashes[seal.n - 1] !== hashOfSeal(seal))
          report(
            null,
            `Seal ${seal.n} of ${seal.at}, which you kept, is another one in the file: history was sealed anew.`,
          );
      }
    },

    counted: () => ({ seals: hashes.length, sealedAt: last?.at ?? null }),
    keys: () => [...keys],
    unsealed: (heads) =>
      heads.reduce((sum, { stream, n }) => sum + Math.max(0, n - (sealedTo.get(stream) ?? 0)), 0),
  };
}
