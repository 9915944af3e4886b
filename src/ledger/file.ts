// An exported ledger: whose it is, then one canonical JSON line for each entry, stream by stream, one for each seal, and the
// end, which is signed and says how much there has to be.
import { z } from "zod";
import { canonicalJson, type Json, type JsonObject } from "../kernel/json.js";
import type { LedgerEntry } from "./chain.js";
import type { Leaf, SignedSeal } from "./seal.js";
import type { LedgerKey } from "./signature.js";

const text = z.string();
const count = z.int().nonnegative();
const flat = z.record(text, z.union([text, z.int()]));

const beginLine = z.strictObject({
  line: z.literal("begin"),
  ledger: z.literal("holdpoint-1"),
  tenant: text,
});

const entryLine = z.strictObject({
  line: z.literal("entry"),
  stream: text,
  n: count,
  entry: flat,
  prev: text,
  hash: text,
});

const sealSchema = z.strictObject({
  n: count,
  at: text,
  tenant: text,
  streams: count,
  root: text,
  prev: text,
  key: text,
});

const sealLine = z.strictObject({
  line: z.literal("seal"),
  seal: sealSchema,
  leaves: z.array(z.strictObject({ stream: text, n: count, hash: text })),
  signature: text,
});

const endSchema = z.strictObject({
  at: text,
  tenant: text,
  entries: count,
  streams: count,
  seals: count,
  /** Entries after the last that is sealed of their stream. */
  unsealed: count,
  /** Over the last entry of each stream. */
  root: text,
  key: text,
});

const endLine = z.strictObject({ line: z.literal("end"), end: endSchema, signature: text });

export const ledgerLine = z.discriminatedUnion("line", [beginLine, entryLine, sealLine, endLine]);
export type LedgerLine = z.output<typeof ledgerLine>;
export type SealLine = z.output<typeof sealLine>;
export type LedgerEnd = z.output<typeof endSchema>;

/** A seal that is kept elsewhere, as `holdpoint ledger seal` prints it. */
export const anchorLine = z.strictObject({ seal: sealSchema, signature: text });

export const beginToLine = (tenant: string): string =>
  lineOf({ line: "begin", ledger: "holdpoint-1", tenant });

export const entryToLine = ({ stream, n, entry, prev, hash }: LedgerEntry): string =>
  lineOf({ line: "entry", stream, n, entry, prev, hash });

export const sealToLine = ({ seal, signature }: SignedSeal, leaves: readonly Leaf[]): string =>
  lineOf({ line: "seal", seal: { ...seal }, leaves: leaves.map((leaf) => ({ ...leaf })), signature });

export const anchorToLine = ({ seal, signature }: SignedSeal): string =>
  lineOf({ seal: { ...seal }, signature });

export const endToLine = (end: LedgerEnd, key: LedgerKey): string =>
  lineOf({ line: "end", end: { ...end }, signature: key.sign(signedEnd(end)) });

export function signedEnd(end: LedgerEnd): JsonObject {
  return { ...end, what: "holdpoint-end-1" };
}

function lineOf(line: Json): string {
  return `${canonicalJson(line)}\n`;
}
