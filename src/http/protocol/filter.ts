// Which events a subscription asks for. The client looks again by the same rules, so they are its rules.
import type { Channel, ProtocolEvent, Subscription } from "../contract/protocol.js";

export function isAskedFor(event: ProtocolEvent, { channels, namespaces, depth }: Subscription): boolean {
  const channel = channelOf(event);
  const isOfChannel =
    channels.includes(channel) || (channel.startsWith("custom:") && channels.includes("custom"));
  if (!isOfChannel) return false;
  if (!namespaces || namespaces.length === 0) return true;
  const { namespace } = event.params;
  return namespaces.some(
    (prefix) =>
      isBelow(namespace, prefix) && (depth === undefined || namespace.length - prefix.length <= depth),
  );
}

function channelOf({ method, params: { data } }: ProtocolEvent): Channel {
  switch (method) {
    case "input.requested":
      return "input";
    case "custom": {
      const { name } = Object(data) as { name?: unknown };
      return typeof name === "string" ? `custom:${name}` : "custom";
    }
    case "values":
    case "updates":
    case "messages":
    case "tools":
    case "lifecycle":
    case "checkpoints":
    case "tasks":
      return method;
  }
}

/** `inner:7f3c…` is a task of the node `inner`; a prefix may name either. */
function isBelow(namespace: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((wanted, index) => {
    const given = namespace[index];
    return given === wanted || (!wanted.includes(":") && given?.split(":")[0] === wanted);
  });
}
