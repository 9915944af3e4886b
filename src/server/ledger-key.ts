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
    await mkdir(dirname(file), { recursive: true });
    await putWhole(file, newKeyPem());
  } catch (error) {
    if (codeOf(error) !== "EEXIST") {
      log.warn(
        "the ledger is not sealed: the key could not be written, and HOLDPOINT_LEDGER_KEY names no other",
        { file, error: messageOf(error) },
      );
      return null;
    }
  }
  return readKey((await read(file)) ?? "", file);
}

/** Of many that start at once one puts its own there, and none reads half of it. Throws `EEXIST` for the others. */
async function putWhole(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  try {
    await writeFile(beside, text, { mode: 0o600, flag: "wx" });
    await link(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
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
