// The outbox at work, for as long as the runtime is.
import type { Log } from "../kernel/log.js";
import type { Runtime } from "../runtime.js";
import { createWebhookStore } from "../storage/webhook-rows.js";
import { createDelivery, usualWebhooks, type WebhookOptions } from "./deliver.js";

/** Receivers that hang hold up no others, but for as many sweeps as this. */
const sweepsAtOnce = 8;
const forgetEveryMs = 60_000;
const keepFailedMs = 7 * 24 * 3_600_000;

export function startOutbox(
  runtime: Pick<Runtime, "db" | "every">,
  log: Log,
  given: Partial<WebhookOptions> = {},
): void {
  const options = { ...usualWebhooks, ...given };
  const rows = createWebhookStore(runtime.db);
  const deliver = createDelivery({
    rows,
    options,
    now: () => new Date(),
    chance: Math.random,
    log,
  });
  runtime.every(options.lookEveryMs, "send webhooks", deliver, sweepsAtOnce);
  runtime.every(forgetEveryMs, "forget webhooks that were given up", () => rows.forgetFailed(keepFailedMs));
}
