import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainOf, type StoredItems } from "../src/storage/message-chain.js";

const dumpOf = (dumped: object[] = []) => {
  return async (item: object): Promise<[string, Uint8Array]> => {
    dumped.push(item);
    return ["json", Buffer.from(JSON.stringify(item))];
  };
};

describe("a list of messages that grows, and is forked", () => {
  it("has the chain it would have if nothing of it was known, and each message is dumped once", async () => {
    const messages = Array.from({ length: 6 }, (_, index) => ({ says: index }));
    const lists = fc.array(fc.uniqueArray(fc.constantFrom(...messages)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lists, async (all) => {
        const stored: StoredItems = new WeakMap();
        const dumped: object[] = [];
        for (const list of all)
          expect(await chainOf(list, dumpOf(dumped), stored)).toEqual(await chainOf(list, dumpOf()));
        expect(dumped.length).toBe(new Set(all.flat()).size);
      }),
    );
  });
});
