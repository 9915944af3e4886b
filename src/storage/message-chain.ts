// How a list of messages is stored: as a chain in which each item stands once and its hash covers all before it.
// A version of the list is then a head (depth and hash), so a thread grows with its messages, not with their square.
import { isBaseMessage } from "@langchain/core/messages";
import { hash as digestOf } from "node:crypto";

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

export function isMessageList(value: unknown): value is object[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isBaseMessage(item));
}

/** Of messages that are in a list already, and are not changed any more: how they are stored, and after what. */
export type StoredItems = WeakMap<object, Omit<ChainItem, "depth">>;

/**
 * @param dump the checkpointer's serializer: a value to its type and bytes.
 * @param stored what need not be dumped again; what is, is put there.
 */
export async function chainOf(
  items: readonly object[],
  dump: (item: object) => Promise<[string, Uint8Array]>,
  stored: StoredItems = new WeakMap(),
): Promise<ChainItem[]> {
  const chain: ChainItem[] = [];
  let parent: Buffer | null = null;
  for (const [index, item] of items.entries()) {
    const known = stored.get(item);
    const link: Omit<ChainItem, "depth"> =
      known && isSame(known.parent, parent) ? known : await linkOf(parent, known, () => dump(item));
    stored.set(item, link);
    chain.push({ depth: index + 1, ...link });
    parent = link.hash;
  }
  return chain;
}

async function linkOf(
  parent: Buffer | null,
  known: Pick<ChainItem, "type" | "blob"> | undefined,
  dump: () => Promise<[string, Uint8Array]>,
): Promise<Omit<ChainItem, "depth">> {
  const [type, blob] = known ? [known.type, known.blob] : await dump();
  const bytes = Buffer.concat([parent ?? Buffer.alloc(0), Buffer.from(`${type}\0`), blob]);
  return { hash: digestOf("sha256", bytes, "buffer"), parent, type, blob };
}

function isSame(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
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
