// Who is told what happens, as the environment names them.
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { eventNames, type EventName } from "../kernel/event-names.js";
import { webhookAddress } from "../notify/address.js";
import type { Listeners } from "../storage/database.js";

/** Throws `options_invalid`. */
export function readListeners(
  { HOLDPOINT_WEBHOOKS = "", HOLDPOINT_EVENTS = "" }: Record<string, string>,
  allowed: readonly string[],
): Listeners {
  const urls = wordsOf(HOLDPOINT_WEBHOOKS).map((address) => readAddress(address, allowed));
  const named = wordsOf(HOLDPOINT_EVENTS);
  if (named.length > 0 && urls.length === 0)
    throw new HoldpointError(
      "options_invalid",
      "HOLDPOINT_EVENTS says which events are told, and HOLDPOINT_WEBHOOKS names nobody who is told them. Set both, or " +
        "neither.",
    );
  return { urls, events: named.length === 0 ? eventNames : [...new Set(named.flatMap(eventsOf))] };
}

function readAddress(address: string, allowed: readonly string[]): string {
  try {
    // It would be read as one address with the other in its path, and neither would ever be told.
    if (/,https?:\/\//i.test(address)) throw new Error("There is a comma between two of them.");
    return webhookAddress(address, allowed);
  } catch (error) {
    // Its path may hold a secret of its receiver.
    throw new HoldpointError(
      "options_invalid",
      `HOLDPOINT_WEBHOOKS, a list of addresses with a space between two: ${messageOf(error)}`,
    );
  }
}

/** `review.decided`, or `review.*` for all that begin so; with or without the `holdpoint.` of its type. */
function eventsOf(word: string): EventName[] {
  const name = word.replace(/^holdpoint\./, "");
  const meant = eventNames.filter(
    (event) => event === name || (name.endsWith(".*") && event.startsWith(name.slice(0, -1))),
  );
  if (meant.length > 0) return meant;
  throw new HoldpointError(
    "options_invalid",
    `HOLDPOINT_EVENTS names "${word}", which never happens. A space stands between two, and these are told of: ` +
      `${eventNames.join(", ")}; or all of a kind, as review.*`,
  );
}

function wordsOf(list: string): string[] {
  return list.split(/\s+/).filter((word) => word !== "");
}
