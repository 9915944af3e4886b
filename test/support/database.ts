import { randomUUID } from "node:crypto";
import pg from "pg";
import { expect, inject } from "vitest";
import { template, urlOf } from "./cluster.js";
import { ledgerFaults } from "./ledger.js";

const made: { url: string; name: string; isForged: boolean }[] = [];

/**
 * The URL of a migrated database that nobody else uses. It is dropped after the file; before that its ledger is verified:
 * whatever the file did, only what was released ran.
 * @param isForged the file writes rows behind the back of all rules.
 */
export async function testDatabase({ isForged = false } = {}): Promise<string> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onCluster(`create database ${name} template ${template}`);
  const url = urlOf(inject("clusterUrl"), name);
  made.push({ url, name, isForged });
  return url;
}

/** Once a file has stopped all that it started. */
export async function endDatabases(): Promise<void> {
  const faults: string[] = [];
  for (const { url, name, isForged } of made.splice(0)) {
    if (!isForged) faults.push(...(await ledgerFaults(url)));
    await onCluster(`drop database ${name} with (force)`);
  }
  expect(faults, "what is wrong with the ledger that these tests left").toEqual([]);
}

async function onCluster(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("clusterUrl") });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
