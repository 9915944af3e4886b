// Signatures by Standard Webhooks: whoever receives a webhook can tell that it comes from here, and when.
import { Webhook } from "standardwebhooks";
import { HoldpointError } from "../kernel/errors.js";

export interface Signer {
  /** The headers that name and sign what is sent. */
  headers(eventId: string, at: Date, body: string): Record<string, string>;
}

const fewestBytes = 24;

/**
 * @param secrets `whsec_…` each. While one is replaced by another both sign, and a receiver may know either.
 * Throws `options_invalid` without saying the secret.
 */
export function createSigner(secrets: readonly string[]): Signer {
  const keys = secrets.map(keyOf);
  return {
    headers(eventId, at, body) {
      const signatures = keys.map((key) => key.sign(eventId, at, body));
      return {
        "webhook-id": eventId,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
        ...(signatures.length > 0 ? { "webhook-signature": signatures.join(" ") } : {}),
      };
    },
  };
}

function keyOf(secret: string, index: number): Webhook {
  const { 1: encoded } = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? [];
  const bytes = encoded === undefined ? 0 : Buffer.from(encoded, "base64").length;
  try {
    if (bytes >= fewestBytes) return new Webhook(secret);
  } catch {
    // Told below: the library's words may show the secret.
  }
  throw new HoldpointError(
    "options_invalid",
    `Webhook secret ${index + 1} is no secret by Standard Webhooks: "whsec_" and at least ${fewestBytes} random bytes in ` +
      'base64. Make one with: echo "whsec_$(openssl rand -base64 32)".',
  );
}
