// API keys: 256 random bits, of which the file keeps the hash only. A guess is hopeless, so no slow hash is needed.
import { createHash, randomBytes } from "node:crypto";
import type { Principal } from "../kernel/principal.js";
import type { Key } from "./schema.js";

const prefix = "hp_";

export function isKey(credential: string): boolean {
  return credential.startsWith(prefix);
}

export function newKey(): { key: string; sha256: string } {
  const key = `${prefix}${randomBytes(32).toString("base64url")}`;
  return { key, sha256: hashOf(key) };
}

/** No id of a token begins like this. */
export function keyId({ id }: Pick<Key, "id">): string {
  return `key:${id}`;
}

export function isKeyId(id: string): boolean {
  return id.startsWith("key:");
}

/** Who holds which key. Its ids begin with `key:`, which no id of a token does. */
export function keyRing(keys: readonly Key[]): (key: string) => Principal | null {
  const holders = new Map(
    keys.map(({ sha256, id, kind, roles, tenant, person }): [string, Principal] => [
      sha256,
      { id: keyId({ id }), kind, roles, tenant, ...(person === undefined ? {} : { subject: person }) },
    ]),
  );
  return (key) => holders.get(hashOf(key)) ?? null;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
