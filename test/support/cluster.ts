// One Postgres for the whole test run, with a migrated template that each test file copies.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/storage/embedded-postgres.js";
import { migrate } from "../../src/storage/migrate.js";

declare module "vitest" {
  interface ProvidedContext {
    clusterUrl: string;
  }
}

export const template = "holdpoint_template";

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), "holdpoint-test-"));
  const postgres = await startEmbeddedPostgres({
    home,
    settings: {
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      // Hundreds of databases live for a minute or two: nothing in them is worth tidying up.
      autovacuum: "off",
      wal_level: "minimal",
      max_wal_senders: "0",
      max_wal_size: "2GB",
    },
  });
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`create database ${template}`);
  await admin.end();
  await migrate(urlOf(postgres.url, template));
  project.provide("clusterUrl", postgres.url);
  return async () => {
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  };
}

export function urlOf(clusterUrl: string, database: string): string {
  const url = new URL(clusterUrl);
  url.pathname = `/${database}`;
  return url.href;
}
