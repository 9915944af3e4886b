// What the ledger of a database says of all that happened in it.
import { exportLedger } from "../../src/ledger/export.js";
import { newKeyPem, readKey } from "../../src/ledger/signature.js";
import { verifyLedger, type Trust, type Verified } from "../../src/ledger/verify.js";
import { openDatabase } from "../../src/storage/database.js";
import { createLedgerStore } from "../../src/storage/ledger-rows.js";

export const testKey = readKey(newKeyPem(), "test.pem");

/** As `holdpoint ledger export` would print it, without the line feeds. */
export async function linesOf(url: string, tenant: string, key = testKey): Promise<string[]> {
  const db = openDatabase({ url, roles: true, maxConnections: 1 });
  try {
    const view = await createLedgerStore(db).view(tenant);
    const lines: string[] = [];
    for await (const line of exportLedger(view, tenant, key, () => new Date())) lines.push(line.slice(0, -1));
    return lines;
  } finally {
    await db.close();
  }
}

export function verifyLines(
  lines: readonly string[],
  trust: Trust = { keys: null, anchors: [] },
): Promise<Verified> {
  return verifyLedger(
    (async function* () {
      yield* lines;
    })(),
    trust,
  );
}

/** What is wrong with the ledger of any tenant of a database. */
export async function ledgerFaults(url: string): Promise<string[]> {
  const faults: string[] = [];
  for (const tenant of await tenantsOf(url)) {
    const lines = await linesOf(url, tenant);
    const verified = await verifyLines(lines);
    faults.push(
      ...verified.faults.map(({ line, says }) => `${tenant}: ${says} ${lines[(line ?? 0) - 1] ?? ""}`),
    );
  }
  return faults;
}

async function tenantsOf(url: string): Promise<string[]> {
  const db = openDatabase({ url, roles: true, maxConnections: 1 });
  try {
    const rows = await db.once<{ tenant: string }>(
      "worker",
      "select distinct tenant_id as tenant from holdpoint.ledger",
    );
    return rows.map(({ tenant }) => tenant);
  } finally {
    await db.close();
  }
}
