// How a list of messages is stored: as a chain in which each item stands once and its hash covers all before it.
// A version of the list is then a head (depth and hash), so a thread grows with its messages, not with their square.
import { isBaseMessage } from "@langchain/core/messages";
import { createHash } from "node:crypto";

export interface ChainItem {
  /** Position in the list, from 1. */
  depth: number;
  hash: Buffer;
  parent: Buffer | null;
  type: string;
  blob: Uint8Array;
}

/** The `type` that a checkpoint blob carries when it is a head instead of a value. */
export const headType = "holdpoint/head";

export function isMessageList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isBaseMessage(item));
}

/** @param dump the checkpointer's serializer: a value to its type and bytes. */
export async function chainOf(
  items: readonly unknown[],
  dump: (item: unknown) => Promise<[string, Uint8Array]>,
): Promise<ChainItem[]> {
  const chain: ChainItem[] = [];
  let parent: Buffer | null = null;
  for (const [index, item] of items.entries()) {
    const [type, blob] = await dump(item);
    const hash: Buffer = createHash("sha256")
      .update(parent ?? Buffer.alloc(0))
      .update(type)
      .update("\0")
      .update(blob)
      .digest();
    chain.push({ depth: index + 1, hash, parent, type, blob });
    parent = hash;
  }
  return chain;
}

/** Text of a head as it stands in the blob: `depth:hash`. The saver's SQL reads the depth out of it. */
export function headText(last: { depth: number; hash: Buffer }): string {
  return `${last.depth}:${last.hash.toString("hex")}`;
}

/**
 * The items of one list, in order, out of all items up to its depth (forks share a beginning and differ later).
 * Throws where a link is missing: a list with a hole must not be taken for a whole one.
 */
export function followChain(
  head: string,
  items: readonly Omit<ChainItem, "parent">[],
  parents: readonly (Buffer | null)[],
) {
  const indexByHash = new Map(items.map((item, index) => [item.hash.toString("hex"), index]));
  const ordered: Omit<ChainItem, "parent">[] = [];
  let wanted: string | undefined = head.slice(head.indexOf(":") + 1);
  while (wanted !== undefined) {
    const index = indexByHash.get(wanted);
    const item = index === undefined ? undefined : items[index];
    if (index === undefined || !item) {
      throw new Error(
        `A stored message list is incomplete: item ${wanted.slice(0, 12)}… is missing from the database.`,
      );
    }
    ordered.push(item);
    wanted = parents[index]?.toString("hex");
  }
  return ordered.toReversed();
}
