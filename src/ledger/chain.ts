// How entries of a stream hang together: each has the hash of the one before it. Migration 0040 writes them.
import { canonicalJson, sha256, type JsonObject } from "../kernel/json.js";

/** What happened once. Flat: texts and whole numbers. */
export interface LedgerEntry {
  /** `thread:…`, `policy`, `people` or `agents`. */
  stream: string;
  /** 1, 2, 3 … in its stream. */
  n: number;
  entry: JsonObject;
  /** The hash of the one before; empty for the first. */
  prev: string;
  /** SHA-256, hexadecimal. */
  hash: string;
}

/** Of its place as much as of what it says: moved elsewhere, to another tenant too, it has another one. */
export function hashOfEntry(tenant: string, { stream, n, prev, entry }: Omit<LedgerEntry, "hash">): string {
  return sha256(canonicalJson(["holdpoint-ledger-1", tenant, stream, n, prev, entry]));
}
