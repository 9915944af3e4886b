// The key that seals the ledger: a file of its own, made at the first start.
import { mkdir, readFile, writeFile } from "node:fs/promises";
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
    // Of two that start at once one writes it, and both read what was written.
    await writeFile(file, newKeyPem(), { mode: 0o600, flag: "wx" });
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
