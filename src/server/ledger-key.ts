// The key that seals the ledger: a file of its own, made at the first start.
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { newKeyPem, readKey, type LedgerKey } from "../ledger/signature.js";

/** Null: nobody named one, and none could be made; the ledger is then not sealed. Throws `options_invalid`. */
export async function openLedgerKey(
  { file, mayMake }: { file: string; mayMake: boolean },
  log: Log,
): Promise<LedgerKey | null> {
  const found = await read(file);
  if (found !== null) return readKey(found, file);
  if (!mayMake) throw unreadable(file, "there is no such file");
  try {
    await make(file);
  } catch (error) {
    log.warn(
      "the ledger is not sealed: the key could not be written, and HOLDPOINT_LEDGER_KEY names no other",
      { file, error: messageOf(error) },
    );
    return null;
  }
  return readKey((await read(file)) ?? "", file);
}

/** Whole at once: of two that start at the same time one makes it, and both read what was made. */
async function make(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const own = `${file}.${randomUUID()}`;
  try {
    await writeFile(own, newKeyPem(), { mode: 0o600, flag: "wx" });
    await link(own, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw unreadable(file, messageOf(error));
  }
}

function unreadable(file: string, why: string): HoldpointError {
  return new HoldpointError(
    "options_invalid",
    `The key that seals the ledger is to stand in ${file}: ${why}. Set HOLDPOINT_LEDGER_KEY to a file that this process may ` +
      "read, with a private Ed25519 key in PEM (openssl genpkey -algorithm ed25519).",
  );
}

function codeOf(error: unknown): unknown {
  return Object(error).code as unknown;
}
