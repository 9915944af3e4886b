// The ledger is sealed about once a second, where something happened.
import type { LedgerKey } from "../ledger/signature.js";
import type { Runtime } from "../runtime.js";
import { createLedgerStore } from "../storage/ledger-rows.js";

/** For so long, and no longer, a cut at the end of the ledger may go unseen. */
const sealMs = 1_000;

export function startSealing(runtime: Pick<Runtime, "db" | "every">, key: LedgerKey): void {
  const ledger = createLedgerStore(runtime.db);
  runtime.every(sealMs, "seal the ledger", () => ledger.seal(key, () => new Date()));
}
