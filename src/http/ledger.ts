// The ledger over HTTP: the whole of it as JSON lines, as they are read, and the newest seal.
import { HoldpointError } from "../kernel/errors.js";
import { exportLedger } from "../ledger/export.js";
import type { LedgerKey } from "../ledger/signature.js";
import { createLedgerStore } from "../storage/ledger-rows.js";
import type { ledgerRoutes } from "./contract/ledger-routes.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";

export interface LedgerDeps extends Pick<HttpDeps, "runtime"> {
  /** Null: nobody seals here. */
  ledgerKey: LedgerKey | null;
  now: () => Date;
}

export function ledgerHandlers({ runtime, ledgerKey, now }: LedgerDeps): HandlersOf<typeof ledgerRoutes> {
  const ledger = createLedgerStore(runtime.db);
  return {
    async exportLedger({ principal: { tenant } }) {
      if (ledgerKey === null)
        throw new HoldpointError(
          "unsupported",
          "This server was given no key to sign a ledger with, and one without a signed end would prove nothing. Ask a " +
            "server that has one (HOLDPOINT_LEDGER_KEY).",
        );
      const view = await ledger.view(tenant);
      const lines = exportLedger(view, tenant, ledgerKey, now);
      return new Response(ReadableStream.from(encoded(lines)), {
        headers: { "content-type": "application/jsonl" },
      });
    },

    async newestSeal({ principal: { tenant } }) {
      const newest = await ledger.newestSeal(tenant);
      if (newest) return newest;
      throw new HoldpointError("not_found", "Nothing has been sealed yet.");
    },
  };
}

/** Many lines in one piece: a piece for each would cost more than the lines. */
async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < 65_536) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  yield Buffer.from(piece);
}
