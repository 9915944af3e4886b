// An identity provider to test with: it publishes keys over HTTP and signs what it is told to.
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";

export interface Identity {
  readonly issuer: string;
  readonly jwks: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  /** The key in use. */
  key(): { kid: string; privateKey: CryptoKey; publicKey: CryptoKey };
  /** A new key is used from now on; the old one is published still, or not. */
  rotate(old: "kept" | "withdrawn"): Promise<void>;
  /** Answers with 500 from now on, or no more. */
  fail(does: boolean): void;
  /** A token of it: good for an hour, unless told otherwise. */
  sign(claims: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  stop(): Promise<void>;
}

export async function identityProvider(audience: string): Promise<Identity> {
  const pairs: { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }[] = [];
  let asked = 0;
  let made = 0;
  let fails = false;
  const add = async (): Promise<void> => {
    made += 1;
    pairs.unshift({ kid: `key-${made}`, ...(await generateKeyPair("ES256", { extractable: true })) });
  };
  await add();

  const server = createServer((_, response) => {
    asked += 1;
    if (fails) return void response.writeHead(500).end();
    void Promise.all(
      pairs.map(async ({ kid, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg: "ES256",
        use: "sig",
      })),
    ).then((keys) => response.setHeader("content-type", "application/json").end(JSON.stringify({ keys })));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const inUse = () => {
    const [first] = pairs;
    if (!first) throw new Error("There is no key.");
    return first;
  };

  return {
    issuer: url,
    jwks: `${url}/jwks`,
    asked: () => asked,
    key: inUse,
    async rotate(old) {
      if (old === "withdrawn") pairs.length = 0;
      await add();
    },
    fail: (does) => {
      fails = does;
    },
    sign(claims, header = {}) {
      const { kid, privateKey } = inUse();
      const now = Math.floor(Date.now() / 1_000);
      const payload = { iss: url, aud: audience, sub: "somebody", exp: now + 3_600, ...claims };
      // A claim that is undefined is left out.
      const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
      return new SignJWT(given).setProtectedHeader({ alg: "ES256", kid, ...header }).sign(privateKey);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
