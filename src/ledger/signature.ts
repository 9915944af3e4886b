// Ed25519 (RFC 8032): keys as they stand in a file and in a seal, and what they sign.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import { HoldpointError } from "../kernel/errors.js";
import { canonicalJson, type JsonObject } from "../kernel/json.js";

export interface LedgerKey {
  /** The public half, 32 bytes in base64url: how a seal names who signed it. */
  id: string;
  sign(what: JsonObject): string;
}

export function newKeyPem(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Throws `options_invalid` for what is no private Ed25519 key. */
export function readKey(pem: string, file: string): LedgerKey {
  const key = privateKeyIn(pem);
  if (key?.asymmetricKeyType !== "ed25519")
    throw new HoldpointError(
      "options_invalid",
      `${file} holds no private Ed25519 key in PEM, and the ledger cannot be sealed with it. Make one with: ` +
        `openssl genpkey -algorithm ed25519 -out ${file}`,
    );
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return { id: x, sign: (what) => sign(null, bytesOf(what), key).toString("base64url") };
}

export function isSignedBy(keyId: string, what: JsonObject, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: keyId }, format: "jwk" });
    const bytes = Buffer.from(signature, "base64url");
    // Some texts differ and are read as the same bytes.
    return bytes.toString("base64url") === signature && verify(null, bytesOf(what), key, bytes);
  } catch {
    // What it names is no key.
    return false;
  }
}

function bytesOf(what: JsonObject): Buffer {
  return Buffer.from(canonicalJson(what));
}

function privateKeyIn(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
