// A seal signs the last entry of every stream that grew since the seal before. An entry's hash covers all before it, so
// that who changes a sealed stream has to break a signature, and who cuts it is asked for what was sealed.
import { canonicalJson, sha256, type JsonObject } from "../kernel/json.js";
import type { LedgerEntry } from "./chain.js";
import { merkleRoot } from "./merkle.js";
import type { LedgerKey } from "./signature.js";

/** The last entry of a stream, when it was sealed. */
export type Leaf = Pick<LedgerEntry, "stream" | "n" | "hash">;

export interface Seal {
  /** 1, 2, 3 … of its tenant. */
  n: number;
  at: string;
  tenant: string;
  /** Of how many streams. */
  streams: number;
  /** Over their leaves, in the order of their names. */
  root: string;
  /** The hash of the seal before; empty for the first. */
  prev: string;
  /** Who signs it. */
  key: string;
}

export interface SignedSeal {
  seal: Seal;
  signature: string;
}

export function sealOf(
  key: LedgerKey,
  leaves: readonly Leaf[],
  { tenant, at, before }: { tenant: string; at: Date; before: { n: number; hash: string } | null },
): SignedSeal {
  const seal: Seal = {
    n: (before?.n ?? 0) + 1,
    at: at.toISOString(),
    tenant,
    streams: leaves.length,
    root: rootOfLeaves(leaves),
    prev: before?.hash ?? "",
    key: key.id,
  };
  return { seal, signature: key.sign(signedOf(seal)) };
}

export function rootOfLeaves(leaves: readonly Leaf[]): string {
  return merkleRoot(leaves.toSorted(byStream).map(({ stream, n, hash }) => canonicalJson([stream, n, hash])));
}

export function hashOfSeal(seal: Seal): string {
  return sha256(canonicalJson(signedOf(seal)));
}

/** What is signed says what it is, so that no signature serves for something else. */
export function signedOf(seal: Seal): JsonObject {
  return { ...seal, what: "holdpoint-seal-1" };
}

/** In bytes, as Postgres orders them. */
export function byStream(a: { stream: string }, b: { stream: string }): number {
  return Buffer.compare(Buffer.from(a.stream), Buffer.from(b.stream));
}
