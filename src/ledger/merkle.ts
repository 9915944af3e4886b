// One hash for many: a Merkle tree as in RFC 6962, section 2.1.
import { createHash } from "node:crypto";

// A leaf can never be taken for a node.
const leafPrefix = Buffer.from([0x00]);
const nodePrefix = Buffer.from([0x01]);

/** Hexadecimal; of no leaves the hash of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) return sha256().toString("hex");
  return rootOf(leaves.map((leaf) => sha256(leafPrefix, Buffer.from(leaf)))).toString("hex");
}

/** Neighbours meet, level by level; one without a neighbour goes up as it is. */
function rootOf(level: readonly Buffer[]): Buffer {
  const [first, second] = level;
  if (!first || !second) return first ?? sha256();
  const above: Buffer[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at], level[at + 1]];
    if (left) above.push(right ? sha256(nodePrefix, left, right) : left);
  }
  return rootOf(above);
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
