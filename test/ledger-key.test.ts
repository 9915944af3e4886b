// The key that seals the ledger: made once, for its owner alone, and the same at the next start.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isSignedBy } from "../src/ledger/signature.js";
import type { Log } from "../src/kernel/log.js";
import { openLedgerKey } from "../src/server/ledger-key.js";
import { readEnvironment } from "../src/server/environment.js";

let folder: string;
const warned: string[] = [];
const log: Log = { info: () => {}, warn: (what) => void warned.push(what), error: () => {} };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdpoint-key-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("of two that start at once one makes it, both sign with it, and nobody else may read it", async () => {
  const file = join(folder, "home", "ledger-key.pem");
  const [one, other] = await Promise.all([0, 1].map(() => openLedgerKey({ file, mayMake: true }, log)));
  expect(one?.id).toBe(other?.id);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(isSignedBy(one?.id ?? "", { a: "b" }, one?.sign({ a: "b" }) ?? "")).toBe(true);
  expect(isSignedBy(one?.id ?? "", { a: "c" }, one?.sign({ a: "b" }) ?? "")).toBe(false);
  expect((await openLedgerKey({ file, mayMake: true }, log))?.id).toBe(one?.id);
});

it("where none is named and none can be made, the server works, and says that nothing is sealed", async () => {
  const file = join(folder, "a-file", "ledger-key.pem");
  await writeFile(join(folder, "a-file"), "");
  expect(await openLedgerKey({ file, mayMake: true }, log).catch((error: Error) => error.message)).toBe(null);
  expect(warned).toEqual([expect.stringContaining("the ledger is not sealed")]);
});

it("one that is named and is none, or is not there, is refused with what to do", async () => {
  const file = join(folder, "key.pem");
  const refusal = expect.objectContaining({
    code: "options_invalid",
    message: expect.stringContaining("openssl genpkey -algorithm ed25519") as string,
  });
  await expect(openLedgerKey({ file, mayMake: false }, log)).rejects.toEqual(refusal);
  await writeFile(file, "no key");
  await expect(openLedgerKey({ file, mayMake: false }, log)).rejects.toEqual(refusal);
  await expect(openLedgerKey({ file, mayMake: true }, log)).rejects.toEqual(refusal);
  expect(await readFile(file, "utf8")).toBe("no key");
  await chmod(file, 0o600);
});

it("stands beside the embedded server's data, or where the environment says", () => {
  expect(readEnvironment({ HOLDPOINT_HOME: "/data" }).ledgerKeyFile).toEqual({
    file: "/data/ledger-key.pem",
    mayMake: true,
  });
  expect(readEnvironment({ HOLDPOINT_LEDGER_KEY: "/keys/a.pem" }).ledgerKeyFile).toEqual({
    file: "/keys/a.pem",
    mayMake: false,
  });
});
