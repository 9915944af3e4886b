// Where a webhook may go. It is sent from inside the operator's network, so an address is a way in for whoever may name
// one: what is private is refused, unless an operator has allowed its host.
import { BlockList, isIP } from "node:net";
import { HoldpointError } from "../kernel/errors.js";

const mostLetters = 2_000;

/**
 * An address as it is kept. Throws `request_invalid` for one that can be seen to be wrong; what its name turns out to
 * stand for is looked at when it is called (`post.ts`).
 * @param allowed hosts that may be private.
 */
export function webhookAddress(given: string, allowed: readonly string[]): string {
  if (given.startsWith("/"))
    throw refused(
      "It is a path of this server, and this server's routes take no webhooks. Name a whole address: https://…",
    );
  if (!URL.canParse(given)) throw refused("It is no address. Name a whole one: https://…");
  const url = new URL(given);
  url.hash = "";
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused(`It speaks ${url.protocol.replace(":", "")}, and only http and https can be called.`);
  if (url.username !== "" || url.password !== "")
    throw refused(
      "It carries a password, which would be kept in the open. What is sent is signed; verify that.",
    );
  if (url.href.length > mostLetters) throw refused(`It is longer than ${mostLetters} letters.`);
  if (!isAllowed(url, allowed) && isPlainlyPrivate(hostOf(url)))
    throw refused(
      `${hostOf(url)} is an address of this machine or its network, and whoever may start a run must not reach what ` +
        "only this server can. An operator allows a host by HOLDPOINT_WEBHOOK_ALLOW.",
    );
  return url.href;
}

export function isAllowed(url: URL, allowed: readonly string[]): boolean {
  return allowed.includes(hostOf(url));
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** Said early, for who mistyped. The guard is the agent of `post.ts`, which knows all ranges and asks what names mean. */
function isPlainlyPrivate(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === "localhost" || host.endsWith(".localhost");
  return privateRanges.check(host, family === 6 ? "ipv6" : "ipv4");
}

const privateRanges = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  privateRanges.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  privateRanges.addSubnet(net, prefix, "ipv6");

function refused(why: string): HoldpointError {
  return new HoldpointError("request_invalid", `The webhook cannot be called. ${why}`, {
    details: { errors: [{ path: "webhook", message: why }] },
  });
}
