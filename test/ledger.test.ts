// A ledger as a file: whatever is changed, cut, moved, forged or sealed anew in it is found, and where.
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashOfEntry, type LedgerEntry } from "../src/ledger/chain.js";
import { beginToLine, endToLine, entryToLine, sealToLine } from "../src/ledger/file.js";
import { merkleRoot } from "../src/ledger/merkle.js";
import {
  byStream,
  hashOfSeal,
  rootOfLeaves,
  sealOf,
  type Leaf,
  type SignedSeal,
} from "../src/ledger/seal.js";
import { newKeyPem, readKey, type LedgerKey } from "../src/ledger/signature.js";
import { verifyLedger, type Trust } from "../src/ledger/verify.js";
import type { JsonObject } from "../src/kernel/json.js";

const tenant = "acme";
const key = readKey(newKeyPem(), "key.pem");
const anyKey: Trust = { keys: null, anchors: [] };

describe("a ledger that nobody touched", () => {
  it("holds together, whatever streams it has and however it was sealed", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { lines } = exported(history);
        const verified = await verify(lines);
        expect(verified.faults).toEqual([]);
        expect(verified).toMatchObject({
          tenant,
          entries: history.length,
          streams: new Set(history.map(({ stream }) => stream)).size,
          unsealed: unsealedIn(history),
        });
      }),
    );
  });

  it("has the Merkle roots of RFC 6962, as certificate logs compute them", () => {
    // From the tests of certificate-transparency-go: its leaves are the bytes 00, 10, 2021, …; here, texts.
    expect(merkleRoot([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(merkleRoot([""])).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    expect(merkleRoot(["", "\0"])).toBe("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    expect(merkleRoot(["", "\0", "\x10"])).toBe(
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    );
    expect(merkleRoot(["", "\0", "\x10", " !", "01"])).toBe(
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    );
  });
});

describe("a ledger that somebody touched", () => {
  it("is found out by any byte of a line that is another", async () => {
    const { lines } = exported(sample);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, by) => {
        const at = which % lines.length;
        const bytes = Buffer.from(lines[at] ?? "");
        const place = where % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ by;
        const changed = lines.with(at, bytes.toString("utf8"));
        expect((await verify(changed)).faults).not.toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is found out by another text of the same signature", async () => {
    const { lines } = exported(sample);
    const end = lines.at(-1) ?? "";
    // Of the last character of 64 bytes in base64url two bits count.
    const [, last = ""] = /"signature":"[\w-]+(.)"}$/.exec(end) ?? [];
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const same = alphabet[alphabet.indexOf(last) + 1] ?? "";
    for (const text of [same, `${last}=`, `${last}!`]) {
      const { faults } = await verify([...lines.slice(0, -1), end.replace(/.(?="}$)/, text)]);
      expect(faults, text).toMatchObject([
        { says: expect.stringContaining("does not bear the signature") as string },
      ]);
    }
  });

  it("is found out by a line that is gone, that stands twice, or elsewhere", async () => {
    const { lines } = exported(sample);
    for (let at = 0; at < lines.length; at += 1) {
      expect((await verify(lines.toSpliced(at, 1))).faults, `without ${at}`).not.toEqual([]);
      expect((await verify(lines.toSpliced(at, 0, lines[at] ?? ""))).faults, `twice ${at}`).not.toEqual([]);
      for (let to = 0; to < lines.length; to += 1)
        if (to !== at)
          expect(
            (await verify(lines.toSpliced(at, 1).toSpliced(to, 0, lines[at] ?? ""))).faults,
            `${at} at ${to}`,
          ).not.toEqual([]);
    }
  });

  it("says which entry was changed, though all hashes after it were made anew", async () => {
    const forged = rewritten(sample, "thread:a", 2, { event: "review.decided", by: "mallory" });
    const { faults } = await verify(exported(forged, { sealedAs: sample }).lines);
    expect(faults.map(({ says }) => says)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Entry 2 of thread:a was sealed by seal 2, at .*, and is another now\.$/),
      ]),
    );
  });

  it("is found out by an end that was cut off and written anew, as far as it was sealed", async () => {
    const shorter = sample.filter(({ stream, n }) => stream !== "thread:b" || n < 2);
    const { faults } = await verify(exported(shorter, { sealedAs: sample }).lines);
    expect(faults.map(({ says }) => says)).toContainEqual(
      expect.stringMatching(/^Entry 2 of thread:b was sealed by seal 2, at .*, and is gone\.$/),
    );
    const without = sample.filter(({ stream }) => stream !== "thread:a");
    expect((await verify(exported(without, { sealedAs: sample }).lines)).faults).not.toEqual([]);
  });

  it("is found out by seals that were kept elsewhere, where all of it was sealed anew by its own key", async () => {
    const { lines, seals } = exported(sample);
    expect((await verify(lines, { keys: new Set([key.id]), anchors: seals })).faults).toEqual([]);
    const earlier = exported(sample.filter(({ sealed }) => sealed === 1));
    expect((await verify(earlier.lines, { keys: null, anchors: seals })).faults).toEqual([
      {
        line: null,
        says: expect.stringMatching(/^Seal 2 .* is not in the file: .* the ledger was put back/) as string,
      },
    ]);
    const forged = exported(rewritten(sample, "thread:a", 2, { event: "review.decided", by: "mallory" }));
    expect((await verify(forged.lines)).faults).toEqual([]);
    expect((await verify(forged.lines, { keys: null, anchors: seals })).faults).toMatchObject([
      {
        says: expect.stringMatching(
          /^Seal 2 .* is another one in the file: history was sealed anew/,
        ) as string,
      },
    ]);
    const [first] = seals;
    if (!first) throw new Error("no seal");
    const kept = { seal: { ...first.seal, streams: 9 }, signature: first.signature };
    expect((await verify(lines, { keys: null, anchors: [kept] })).faults).toMatchObject([
      { says: expect.stringContaining("that you kept does not bear the signature") as string },
    ]);
  });

  it("is found out by another key, where the right one is named", async () => {
    const other = readKey(newKeyPem(), "other.pem");
    const { lines } = exported(sample, { by: other });
    expect((await verify(lines)).faults).toEqual([]);
    expect((await verify(lines)).keys).toEqual([other.id]);
    const { faults } = await verify(lines, { keys: new Set([key.id]), anchors: [] });
    expect(faults).toHaveLength(3);
    expect(faults[0]?.says).toContain("is not among those you trust");
    // Keys may change: both are named.
    expect((await verify(lines, { keys: new Set([key.id, other.id]), anchors: [] })).faults).toEqual([]);
  });

  it("is refused where it has unknown keys, more than is counted, or bytes that are not canonical", async () => {
    const { lines } = exported(sample);
    const [begin = "", first = "", ...others] = lines;
    const says = async (changed: readonly string[]) => (await verify(changed)).faults.map((one) => one.says);
    expect(await says([begin, first.replace('"line"', '"lime":1,"line"'), ...others])).toContainEqual(
      expect.stringContaining("no line of a ledger"),
    );
    expect(await says([begin, `${first} `, ...others])).toContainEqual(
      expect.stringContaining("not in canonical form"),
    );
    expect(await says([begin, first.replace('"n":1', '"n":1,"n":1'), ...others])).toContainEqual(
      expect.stringContaining("not in canonical form"),
    );
    expect(await says([...lines, first])).toContainEqual("Something stands after the end.");
    expect(await says([])).toEqual(["The file has no end: it was cut off, or is still being written."]);
  });
});

describe("a ledger in which every hash is right", () => {
  const proposed = { event: "action.proposed", actionId: "a", argsHash: "x", route: "approve" };
  const opened = { event: "review.opened", reviewId: "r", actionId: "a", kind: "review", argsHash: "x" };
  const decided = {
    event: "review.decided",
    reviewId: "r",
    actionId: "a",
    decision: "approve",
    argsHash: "x",
    seenHash: "x",
  };
  const vote = (voteId: string, bySubject: string, authority = bySubject) => ({
    event: "review.voted",
    reviewId: "r",
    actionId: "a",
    voteId,
    vote: "approve",
    bySubject,
    authority,
    argsHash: "x",
  });
  const claimed = { event: "execution.claimed", actionId: "a", argsHash: "x", attempt: 1 };
  const ended = (state: string, attempt = 1) => ({ ...claimed, event: `execution.${state}`, attempt });
  const settle = { ...opened, reviewId: "s", kind: "settle" };
  const sentBack = { ...decided, reviewId: "s", decision: "retry" };
  const faultsOf = async (...entries: JsonObject[]) => {
    const told = entries.map((entry) => ({ stream: "thread:a", entry }));
    return (await verify(exported(chained(told)).lines)).faults.map(({ says }) =>
      says.replace(/^Entry (\d+) of thread:a: /, "$1: "),
    );
  };

  it.each<[string, JsonObject[]]>([
    ["on what was approved", [proposed, opened, decided, claimed, ended("succeeded")]],
    [
      "on what was edited",
      [
        proposed,
        opened,
        { ...decided, decision: "edit", argsHash: "y" },
        { ...claimed, argsHash: "y" },
        { ...ended("failed"), argsHash: "y" },
      ],
    ],
    ["where nobody had to be asked", [{ ...proposed, route: "execute" }, claimed, ended("succeeded")]],
    [
      "once more, where its process was gone",
      [proposed, opened, decided, claimed, { ...claimed, attempt: 2 }, ended("succeeded", 2)],
    ],
    [
      "once more, where somebody sent it back",
      [
        proposed,
        opened,
        decided,
        claimed,
        ended("unknown"),
        settle,
        sentBack,
        { ...claimed, attempt: 2 },
        ended("succeeded", 2),
      ],
    ],
    [
      "by somebody's word that it happened",
      [
        proposed,
        opened,
        decided,
        claimed,
        ended("unknown"),
        settle,
        { ...sentBack, decision: "happened" },
        ended("succeeded"),
      ],
    ],
    [
      "decided anew after it was taken back",
      [proposed, opened, decided, { event: "review.undone", reviewId: "r" }, decided, claimed],
    ],
    [
      "by two, the second of whom is written after what came of it",
      [proposed, opened, vote("1", "ada"), { ...decided, quorum: 2 }, vote("2", "ben"), claimed],
    ],
  ])("has nothing to say of a call that ran %s", async (_, entries) => {
    expect(await faultsOf(...entries)).toEqual([]);
  });

  const unreleased = "the call a was attempted, and nobody had released it on these arguments.";
  it.each<[string, JsonObject[], string]>([
    ["was decided by nobody", [proposed, opened, claimed], `3: ${unreleased}`],
    ["ended and was never begun", [proposed, opened, ended("succeeded")], `3: ${unreleased}`],
    [
      "was released on other arguments",
      [proposed, opened, decided, { ...claimed, argsHash: "y" }],
      `4: ${unreleased}`,
    ],
    [
      "ended on other arguments",
      [proposed, opened, decided, claimed, { ...ended("succeeded"), argsHash: "y" }],
      `5: ${unreleased}`,
    ],
    [
      "was approved on arguments that its review did not show",
      [proposed, opened, { ...decided, argsHash: "y", seenHash: "y" }, { ...claimed, argsHash: "y" }],
      `4: ${unreleased}`,
    ],
    [
      "was approved on other arguments than were seen",
      [proposed, opened, { ...decided, argsHash: "y" }, { ...claimed, argsHash: "y" }],
      `4: ${unreleased}`,
    ],
    [
      "changed after the decision",
      [proposed, opened, decided, { ...opened, event: "review.changed", argsHash: "y" }, claimed],
      `5: ${unreleased}`,
    ],
    [
      "was released on the review of another",
      [proposed, { ...opened, actionId: "b" }, decided, claimed],
      `4: ${unreleased}`,
    ],
    [
      "was released on a question of another kind",
      [proposed, { ...opened, kind: "settle" }, decided, claimed],
      `4: ${unreleased}`,
    ],
    [
      "was released on a review that was withdrawn",
      [proposed, opened, decided, { ...opened, event: "review.superseded" }, claimed],
      `5: ${unreleased}`,
    ],
    [
      "was released by a decision that was taken back",
      [proposed, opened, decided, { event: "review.undone", reviewId: "r" }, claimed],
      `5: ${unreleased}`,
    ],
    [
      "was released by one person with another's right beside their own",
      [proposed, opened, vote("1", "ada"), vote("2", "ben", "ada"), { ...decided, quorum: 2 }, claimed],
      "6: the call a was attempted, and it takes 2 people, of whom 1 had approved it.",
    ],
    [
      "was approved by one of two before others were asked",
      [
        proposed,
        opened,
        vote("1", "ada"),
        { event: "review.escalated", reviewId: "r", actionId: "a" },
        vote("2", "ben"),
        { ...decided, quorum: 2 },
        claimed,
      ],
      "7: the call a was attempted, and it takes 2 people, of whom 1 had approved it.",
    ],
    [
      "was begun twice",
      [proposed, opened, decided, claimed, claimed],
      "5: attempt 1 of the call a comes after attempt 1.",
    ],
    [
      "went on after it had failed",
      [proposed, opened, decided, claimed, ended("failed"), { ...claimed, attempt: 2 }],
      "6: the call a had failed, and that was not the end of it.",
    ],
    [
      "was tried again though nobody knew whether it had happened",
      [proposed, opened, decided, claimed, ended("unknown"), settle, { ...claimed, attempt: 2 }],
      "7: the call a was attempted, and nobody knew whether it had happened, and nobody had sent it back.",
    ],
    [
      "was sent back once and tried again twice",
      [
        proposed,
        opened,
        decided,
        claimed,
        ended("unknown"),
        settle,
        sentBack,
        { ...claimed, attempt: 2 },
        ended("unknown", 2),
        { ...claimed, attempt: 3 },
      ],
      "10: the call a was attempted, and nobody knew whether it had happened, and nobody had sent it back.",
    ],
  ])("tells of a call that %s", async (_, entries, fault) => {
    expect(await faultsOf(...entries)).toEqual([fault]);
  });
});

describe("calls", () => {
  it("that nobody proposed are counted, and not taken for released ones", async () => {
    const claimed = { event: "execution.claimed", actionId: "a", argsHash: "h", attempt: 1 };
    const proposed = { event: "action.proposed", actionId: "b", argsHash: "h", route: "execute" };
    const { lines } = exported(
      chained(
        [claimed, proposed, { ...claimed, actionId: "b" }].map((entry) => ({ stream: "thread:a", entry })),
      ),
    );
    expect(await verify(lines)).toMatchObject({ faults: [], attempted: 2, unproposed: 1 });
  });
});

describe("keys", () => {
  it("that are none, or of another kind, are refused with what to do", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    for (const pem of ["", "no key", rsa.export({ type: "pkcs8", format: "pem" }).toString()])
      expect(() => readKey(pem, "key.pem")).toThrow(
        expect.objectContaining({
          code: "options_invalid",
          message: expect.stringContaining("openssl genpkey -algorithm ed25519") as string,
        }),
      );
  });
});

/** An entry, and by which seal it was sealed first: 1, 2, or none. */
interface Told extends LedgerEntry {
  sealed: 1 | 2 | null;
}

const histories = fc
  .array(
    fc.record({
      stream: fc.constantFrom(
        "agents",
        "policy",
        "thread:a",
        "thread:\u{1F600}",
        "thread:\uFF5E",
        "thread:b",
      ),
      entry: fc.record({ event: fc.constant("review.claimed"), by: fc.string({ unit: "binary" }) }),
    }),
    { maxLength: 40 },
  )
  .map((told) => chained(told));

const sample = chained([
  ...["thread:a", "thread:b", "policy"].map((stream) => ({
    stream,
    entry: { event: "review.claimed", by: "ada" },
  })),
  ...["thread:a", "thread:b", "thread:a"].map((stream) => ({
    stream,
    entry: { event: "review.released", by: "ben" },
  })),
]);

/** A third of them sealed at first, then another third. */
function chained(told: readonly { stream: string; entry: JsonObject }[]): Told[] {
  const heads = new Map<string, LedgerEntry>();
  return told
    .map(({ stream, entry }, at): Told => {
      const before = heads.get(stream);
      const next = { stream, n: (before?.n ?? 0) + 1, entry, prev: before?.hash ?? "" };
      const whole = { ...next, hash: hashOfEntry(tenant, next) };
      heads.set(stream, whole);
      const sealed = at < told.length / 2 ? 1 : at < told.length - 1 ? 2 : null;
      return { ...whole, sealed };
    })
    .toSorted((a, b) => byStream(a, b) || a.n - b.n);
}

/** With another entry in its place, and everything after it hashed anew. */
function rewritten(history: readonly Told[], stream: string, n: number, entry: JsonObject): Told[] {
  let prev = "";
  return history.map((one) => {
    if (one.stream !== stream) return one;
    const changed = { ...one, prev, ...(one.n === n ? { entry } : {}) };
    const hash = hashOfEntry(tenant, changed);
    prev = hash;
    return { ...changed, hash };
  });
}

function unsealedIn(history: readonly Told[]): number {
  return history.filter(({ sealed }) => sealed === null).length;
}

function exported(
  history: readonly Told[],
  { sealedAs = history, by = key }: { sealedAs?: readonly Told[]; by?: LedgerKey } = {},
): { lines: string[]; seals: SignedSeal[] } {
  const seals: { seal: SignedSeal; leaves: Leaf[] }[] = [];
  for (const nth of [1, 2] as const) {
    const leaves = headsOf(sealedAs.filter(({ sealed }) => sealed === nth));
    const last = seals.at(-1)?.seal.seal;
    const before = last ? { n: last.n, hash: hashOfSeal(last) } : null;
    if (leaves.length > 0)
      seals.push({ seal: sealOf(by, leaves, { tenant, at: new Date(nth * 1_000), before }), leaves });
  }
  const heads = headsOf(history);
  const end = {
    at: "2026-11-30T00:00:00.000Z",
    tenant,
    entries: history.length,
    streams: heads.length,
    seals: seals.length,
    unsealed: unsealedIn(history),
    root: rootOfLeaves(heads),
    key: by.id,
  };
  const lines = [
    beginToLine(tenant),
    ...history.map((entry) => entryToLine(entry)),
    ...seals.map(({ seal, leaves }) => sealToLine(seal, leaves)),
    endToLine(end, by),
  ];
  return { lines: lines.map((line) => line.slice(0, -1)), seals: seals.map(({ seal }) => seal) };
}

function headsOf(entries: readonly LedgerEntry[]): Leaf[] {
  const heads = new Map(entries.map(({ stream, n, hash }) => [stream, { stream, n, hash }]));
  return [...heads.values()].toSorted(byStream);
}

function verify(lines: readonly string[], trust = anyKey) {
  return verifyLedger(
    (async function* () {
      yield* lines;
    })(),
    trust,
  );
}
