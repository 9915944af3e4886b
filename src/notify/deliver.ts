// Sends what the outbox holds, until it is taken or given up. Any process may; a row is in the hands of one at a time.
import type { Log } from "../kernel/log.js";
import type { Webhook, WebhookStore } from "../storage/webhook-rows.js";
import { post } from "./post.js";
import { createSigner } from "./sign.js";
import { toldOf } from "./told.js";

export interface WebhookOptions {
  /** They sign what is sent; none: it is not signed. */
  secrets: readonly string[];
  /** Hosts that may be called though they are private. */
  allowed: readonly string[];
  /** How often the outbox is looked at, in milliseconds. */
  lookEveryMs: number;
  /** How long a receiver has to answer, in milliseconds. */
  timeoutMs: number;
  /** The first pause after a failure, in milliseconds; each one after is three times as long. */
  pauseMs: number;
  maxAttempts: number;
  /** A process that took one and says nothing for so long has lost it to the next, in milliseconds. */
  leaseMs: number;
}

/** Ten attempts, the last one about fourteen hours after the first. */
export const usualWebhooks: WebhookOptions = {
  secrets: [],
  allowed: [],
  lookEveryMs: 1_000,
  timeoutMs: 10_000,
  pauseMs: 5_000,
  maxAttempts: 10,
  leaseMs: 60_000,
};

export interface DeliveryDeps {
  rows: WebhookStore;
  options: WebhookOptions;
  now: () => Date;
  chance: () => number;
  log: Log;
}

const batch = 10;

/** Gives what sends all that is due; resolves when each has been taken, or put off, or given up. */
export function createDelivery(deps: DeliveryDeps): () => Promise<void> {
  const { rows, options, now, chance, log } = deps;
  const signer = createSigner(options.secrets);

  const deliver = async (webhook: Webhook): Promise<void> => {
    const { eventId, url, attempt } = webhook;
    const at = now();
    const told = toldOf(webhook, at);
    const body = JSON.stringify(told.body);
    const headers = { "content-type": told.contentType, ...signer.headers(eventId, at, body) };
    const fault = await post({ url, headers, body }, options);
    if (fault === null) return rows.taken(webhook);
    // Its path may hold a secret of its receiver.
    const about = { eventId, host: new URL(url).host, attempt, fault };
    if (attempt >= options.maxAttempts) {
      log.error("a webhook was given up", about);
      return rows.giveUp(webhook, fault);
    }
    log.warn("a webhook was not taken", about);
    return rows.tryAgain(webhook, pauseAfter(attempt, options.pauseMs, chance), fault);
  };

  return async () => {
    for (;;) {
      const due = await rows.claim(batch, options.leaseMs);
      await Promise.all(due.map(deliver));
      if (due.length < batch) return;
    }
  };
}

/** Half as long to half as long again, so that what failed together does not come back together. */
function pauseAfter(attempt: number, firstMs: number, chance: () => number): number {
  return firstMs * 3 ** (attempt - 1) * (0.5 + chance());
}
