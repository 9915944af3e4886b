import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { template, urlOf } from "./cluster.js";

/** The URL of a migrated database that nobody else uses; it is dropped after the file. Call it at the top of a file. */
export async function testDatabase(): Promise<string> {
  const clusterUrl = inject("clusterUrl");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const onCluster = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: clusterUrl });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };
  await onCluster(`create database ${name} template ${template}`);
  afterAll(() => onCluster(`drop database ${name} with (force)`));
  return urlOf(clusterUrl, name);
}
