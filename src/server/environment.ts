// The environment as options, all of it read in this place. An empty value is an absent one.
import { isIP } from "node:net";
import { resolve } from "node:path";
import { HoldpointError } from "../kernel/errors.js";
import { howToWriteUrl, isPostgresUrl, type DatabaseOptions } from "../options.js";
import { isLoopbackName } from "../http/loopback.js";
import type { WebhookOptions } from "../notify/deliver.js";
import { createSigner } from "../notify/sign.js";
import type { Listeners } from "../storage/database.js";
import { readListeners } from "./listeners.js";

export interface Environment {
  host: string;
  port: number;
  database: DatabaseOptions;
  /** The database in words for people, without its password. */
  databaseName: string;
  /** Replaces the policy of the agents. */
  policyFile: string | null;
  /** Judges beside the policy in force, and rules nothing. */
  shadowFile: string | null;
  /** Says who may come in; without it, this machine only. */
  accessFile: string | null;
  webhooks: Pick<WebhookOptions, "secrets" | "allowed">;
  /** Who is told what happens, whoever asked for it. */
  listeners: Listeners;
  /** Where the key stands that seals the ledger. `mayMake`: nobody named it, and the first start makes it. */
  ledgerKeyFile: { file: string; mayMake: boolean };
}

/** Throws `options_invalid` or `unsafe_exposure` before anything has been started. */
export function readEnvironment(given: Record<string, string | undefined>): Environment {
  const set = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  const webhooks = readWebhooks(set);
  const { PORT, HOST = "127.0.0.1", HOLDPOINT_POLICY, HOLDPOINT_POLICY_SHADOW, HOLDPOINT_ACCESS } = set;
  return {
    host: readHost(HOST, HOLDPOINT_ACCESS !== undefined),
    port: PORT === undefined ? 8123 : readPort(PORT),
    ...readDatabase(set),
    policyFile: HOLDPOINT_POLICY ?? null,
    shadowFile: HOLDPOINT_POLICY_SHADOW ?? null,
    accessFile: HOLDPOINT_ACCESS ?? null,
    webhooks,
    listeners: readListeners(set, webhooks.allowed),
    ledgerKeyFile: readLedgerKeyFile(set),
  };
}

function readLedgerKeyFile({
  HOLDPOINT_LEDGER_KEY: named,
  HOLDPOINT_HOME = ".holdpoint",
}: Record<string, string>): Environment["ledgerKeyFile"] {
  return named === undefined
    ? { file: resolve(HOLDPOINT_HOME, "ledger-key.pem"), mayMake: true }
    : { file: named, mayMake: false };
}

function readHost(host: string, isGuarded: boolean): string {
  if (isGuarded || isLoopbackName(host)) return host;
  throw new HoldpointError(
    "unsafe_exposure",
    `HOST=${host} would let other machines in, and nothing says who may come: anybody who reaches the port could ` +
      "approve a payment. Set HOLDPOINT_ACCESS to a file that names keys or issuers (docs/access.md), or leave HOST out to " +
      "listen on 127.0.0.1.",
  );
}

function readPort(port: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number <= 65_535) return number;
  throw new HoldpointError(
    "options_invalid",
    `PORT=${port} is no port. Set PORT to a number from 0 to 65535, or leave it out for 8123.`,
  );
}

function readWebhooks({
  HOLDPOINT_WEBHOOK_SECRET = "",
  HOLDPOINT_WEBHOOK_ALLOW = "",
}: Record<string, string>): Environment["webhooks"] {
  const secrets = HOLDPOINT_WEBHOOK_SECRET.split(/\s+/).filter((secret) => secret !== "");
  // Now, and not when the first one is sent.
  createSigner(secrets);
  const hosts = HOLDPOINT_WEBHOOK_ALLOW.split(",").map((host) => host.trim().toLowerCase());
  return { secrets, allowed: hosts.filter((host) => host !== "").map(allowedHost) };
}

function allowedHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0 || /^[a-z0-9_.-]+$/.test(bare)) return bare;
  throw new HoldpointError(
    "options_invalid",
    `HOLDPOINT_WEBHOOK_ALLOW names "${host}", which is no host. Name hosts as they stand in an address, without scheme, port ` +
      "and path, and a comma between two: 127.0.0.1,hooks.internal.",
  );
}

function readDatabase(set: Record<string, string>): Pick<Environment, "database" | "databaseName"> {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, HOLDPOINT_HOME = ".holdpoint" } = set;
  if (url === undefined) {
    if (directUrl !== undefined)
      throw new HoldpointError(
        "options_invalid",
        "DATABASE_DIRECT_URL serves the migrations of a database that DATABASE_URL names, and that is not set. Set both, or " +
          "only DATABASE_URL.",
      );
    const home = resolve(HOLDPOINT_HOME);
    return { database: { home }, databaseName: `embedded Postgres in ${home}` };
  }
  if (directUrl !== undefined) nameOf("DATABASE_DIRECT_URL", directUrl);
  return {
    database: { url, ...(directUrl === undefined ? {} : { directUrl }) },
    databaseName: nameOf("DATABASE_URL", url),
  };
}

function nameOf(variable: string, url: string): string {
  if (!isPostgresUrl(url))
    throw new HoldpointError("options_invalid", `${variable} is no Postgres URL. ${howToWriteUrl}`);
  const { host, pathname } = new URL(url);
  return `Postgres at ${host}${pathname} (DATABASE_URL)`;
}
