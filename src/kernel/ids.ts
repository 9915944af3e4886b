import { randomUUID } from "node:crypto";
import { HoldpointError } from "./errors.js";
import { sha256 } from "./json.js";

/** Where fresh ids come from; passed in, so that a test can give its own. */
export type NewId = () => string;
export const newUuid: NewId = randomUUID;

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** Versions 4 and 7, which are made by chance. The others are made from names, times and machines. */
export function isRandomUuid(text: string): boolean {
  return isUuid(text) && /^.{14}[47].{4}[89ab]/i.test(text);
}

/**
 * Names one proposed call for ever: the same call of the same message in the same thread is the same action on
 * every rerun, fork and replay, and a copied thread has actions of its own. The tool call id is not in it: models
 * send duplicate and empty ones.
 */
export function actionId(of: {
  tenant: string;
  threadId: string;
  checkpointNs: string;
  messageId: string;
  callIndex: number;
}): string {
  return `act_${sha256("action", of.tenant, of.threadId, of.checkpointNs, of.messageId, String(of.callIndex)).slice(0, 40)}`;
}

/**
 * A number in [0, 1) that belongs to an action: the same whenever it is proposed again, and unknown to the model when it
 * made the call, because the message's id is given afterwards.
 */
export function drawOf(actionId: string): number {
  return Number.parseInt(sha256("draw", actionId).slice(0, 13), 16) / 2 ** 52;
}

/** The key an external system sees: one for an action on exactly these arguments. */
export function idempotencyKey(of: {
  tenant: string;
  threadId: string;
  actionId: string;
  argsHash: string;
}): string {
  return `hp_${sha256("effect", of.tenant, of.threadId, of.actionId, of.argsHash)}`;
}

const maxThreadIdLength = 255;

/** Throws `request_invalid` for a thread id that the database would refuse, or take for another one. */
export function checkThreadId(threadId: string): void {
  const isStorable = threadId.isWellFormed() && !threadId.includes("\0");
  if (threadId !== "" && threadId.length <= maxThreadIdLength && isStorable) return;
  throw new HoldpointError(
    "request_invalid",
    `A thread's id is a text of 1 to ${maxThreadIdLength} characters, without NUL and half surrogate pairs.`,
  );
}
