// All of a ledger as the lines of its file, as they are read.
import type { LedgerEntry } from "./chain.js";
import { beginToLine, endToLine, entryToLine, sealToLine } from "./file.js";
import { rootOfLeaves, type Leaf, type SignedSeal } from "./seal.js";
import type { LedgerKey } from "./signature.js";

/** A ledger as it stands at one moment, whatever is written meanwhile. */
export interface LedgerView {
  /** Stream by stream, in the order of their bytes. */
  entries(): AsyncGenerator<LedgerEntry>;
  seals(): AsyncGenerator<SignedSeal & { leaves: Leaf[] }>;
  /** Entries that no seal covers. */
  unsealed: number;
}

export async function* exportLedger(
  view: LedgerView,
  tenant: string,
  key: LedgerKey,
  now: () => Date,
): AsyncGenerator<string> {
  const heads: Leaf[] = [];
  let entries = 0;
  let seals = 0;
  yield beginToLine(tenant);
  for await (const entry of view.entries()) {
    const { stream, n, hash } = entry;
    if (heads.at(-1)?.stream === stream) heads.pop();
    heads.push({ stream, n, hash });
    entries += 1;
    yield entryToLine(entry);
  }
  for await (const { leaves, ...seal } of view.seals()) {
    seals += 1;
    yield sealToLine(seal, leaves);
  }
  const counted = { entries, streams: heads.length, seals, unsealed: view.unsealed };
  yield endToLine(
    { at: now().toISOString(), tenant, ...counted, root: rootOfLeaves(heads), key: key.id },
    key,
  );
}
