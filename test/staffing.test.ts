// Tiers that nobody stands on: what asks for them is refused, and whoever runs the server is told.
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadAccess } from "../src/access/load-access.js";
import { staffingOf } from "../src/access/staffing.js";
import { reviewContextSchema } from "../src/http/contract.js";
import { loadPolicy } from "../src/index.js";
import { shortages, unstaffedTiers } from "../src/policies/staffing.js";
import { policyCheckCommand } from "../src/cli/policy-check.js";
import { staffingWatch } from "../src/server/staffing.js";
import { testDatabase } from "./support/database.js";
import { openReviews } from "./support/fronts.js";
import { request, say, serve, type Served } from "./support/http.js";
import { capturingTerminal } from "./support/terminal.js";

const policyText = `
rules:
  - { id: to-desk, when: "tool == 'pay'", tier: desk }
  - { id: large, when: "tool == 'pay' && args.amount > 1000.0", tier: board }
  - { id: to-board, when: "tool == 'wipe'", tier: board }
tiers:
  desk:  { roles: [desk], respond: 1h, then: board }
  board: { roles: [board, chair] }
`;
const policy = loadPolicy(policyText, "policy.yaml");
const sha = (digit: string) => digit.repeat(64);
const accessOf = (...lines: string[]) => staffingOf(loadAccess(lines.join("\n"), "access.yaml"));
const keys = (...of: string[]) => accessOf("keys:", ...of.map((one) => `  - ${one}`));
const key = (id: string, digit: string, roles: string, more = "") =>
  `{ id: ${id}, kind: person, roles: [${roles}], sha256: "${sha(digit)}"${more} }`;

describe("who could decide, as an access file tells", () => {
  it("is whoever has a key with one of the roles, in that tenant, and is no agent", () => {
    const staffing = keys(
      key("anna", "a", "desk"),
      key("ben", "b", "desk, chair"),
      key("bot", "c", "board").replace("person", "agent"),
      key("cara", "d", "board", ", tenant: other"),
    );
    expect(staffing.staffOf("default", ["desk"])).toEqual({ people: 2, isOpen: false });
    expect(staffing.staffOf("default", ["board"])).toEqual({ people: 0, isOpen: false });
    expect(staffing.staffOf("other", ["board"])).toEqual({ people: 1, isOpen: false });
    expect(shortages(policy, staffing, "default")).toMatchObject([{ tier: "board", people: 1 }]);
    expect(unstaffedTiers(policy, staffing, "default")).toEqual([]);
    expect(unstaffedTiers(policy, staffing, "other")).toEqual(["desk"]);
  });

  it("is one person while a key of theirs is being replaced, and by all accounts of theirs", () => {
    const staffing = keys(
      key("anna", "a", "desk", ", person: anna"),
      key("anna", "b", "desk", ", person: anna"),
      key("nightly", "c", "desk", ", person: Anna"),
    );
    expect(staffing.staffOf("default", ["desk"]).people).toBe(1);
  });

  it("is not known where an issuer gives the role, and nobody else's role is", () => {
    const staffing = accessOf(
      "issuers:",
      "  - issuer: https://id.example.com",
      "    audience: holdpoint",
      "    jwks: https://id.example.com/keys",
      "    roles: { claim: groups, names: { Desk: desk } }",
    );
    expect(staffing.staffOf("default", ["desk"])).toEqual({ people: 0, isOpen: true });
    expect(unstaffedTiers(policy, staffing, "default")).toEqual(["board"]);
    expect(unstaffedTiers(policy, staffing, "other")).toEqual(["desk", "board"]);
  });
});

it("several who have to agree are several people, and in turn one of each role", () => {
  const asking = loadPolicy(
    "tiers:\n  board: { roles: [board, chair], quorum: 2 }\n  both: { roles: [board, chair], in_turn: true }\n",
    "policy.yaml",
  );
  const short = (...of: string[]) =>
    shortages(asking, keys(...of), "default").map(({ tier, needed, people }) => [tier, people, needed]);
  expect(short(key("anna", "a", "board"))).toEqual([
    ["board", 1, 2],
    ["both", 1, 2],
  ]);
  expect(short(key("anna", "a", "board"), key("ben", "b", "board"))).toEqual([
    ["board", 2, 2],
    ["both", 0, 1],
  ]);
  expect(short(...["a", "b", "c"].map((name) => key(name, name, "board, chair")))).toEqual([]);
});

describe("a call that asks for a tier with nobody in it", () => {
  let at: Served;
  let staffing = keys(key("anna", "a", "desk"));
  beforeAll(async () => {
    at = await serve(await testDatabase(), { policy: policyText, staffing: () => staffing });
  });
  afterAll(() => at.stop());

  async function said(words: string): Promise<{ threadId: string; heard: string }> {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(words));
    const { values } = await at.client.threads.getState<{ messages: { type: string; content: string }[] }>(
      threadId,
    );
    return { threadId, heard: values.messages.findLast(({ type }) => type === "tool")?.content ?? "" };
  }

  it("is refused, its agent is told that nobody could release it, and nothing runs", async () => {
    const { threadId, heard } = await said(`wipe ${randomUUID()}`);
    expect(heard).toMatch(
      /^Refused: A person would have to release this, and nobody here may\. It was not executed/,
    );
    expect(await openReviews(at, threadId)).toEqual([]);
    expect(at.effects.of("wipe")).toEqual([]);
  });

  it("waits as always where somebody is in it, and from the moment on that somebody is", async () => {
    const desk = await said(`pay ${randomUUID()} 5`);
    expect(await openReviews(at, desk.threadId)).toHaveLength(1);
    const before = staffing;
    staffing = keys(key("anna", "a", "desk"), key("cara", "c", "chair"));
    try {
      const board = await said(`wipe ${randomUUID()}`);
      expect(await openReviews(at, board.threadId)).toHaveLength(1);
    } finally {
      staffing = before;
    }
  });

  it("is refused, and waits for nobody, where silence would lead to such a tier", async () => {
    const { threadId } = await said(`pay ${randomUUID()} 5`);
    const [review] = await openReviews(at, threadId);
    await at.runtime.db.pool.query(
      "update holdpoint.reviews set expires_at = now() - interval '1 millisecond' where review_id = $1",
      [review?.id],
    );
    const now = async () => at.runtime.reviews.find("default", review?.id ?? "");
    await expect.poll(async () => (await now())?.status).toBe("expired");
    expect(at.effects.of("pay")).toEqual([]);
  });

  it("is not made of one that waits elsewhere: it is not handed on there, not changed into one, and nobody is told it would", async () => {
    const { threadId } = await said(`pay ${randomUUID()} 5`);
    const [review] = await openReviews(at, threadId);
    const { id, args, argsHash } = review ?? expect.fail("nothing waits");
    const ask = (path: string, body?: unknown) =>
      request(`${at.url}/reviews/${id}${path}`, body === undefined ? {} : { body });
    expect(await ask("/hand-on", { to: { tier: "board" } })).toMatchObject({
      status: 422,
      body: { code: "hand_on_refused", detail: expect.stringContaining("in vain") as unknown },
    });
    const larger = { ...args, amount: 5_000 };
    expect(await ask("/assessment", { args: larger })).toMatchObject({ body: { isForbidden: true } });
    expect(await ask("/decision", { type: "edit", args: larger, argsHash })).toMatchObject({
      status: 422,
      body: { code: "edit_refused", detail: expect.stringContaining("nobody here may") as unknown },
    });
    const { instructions } = reviewContextSchema.parse((await ask("/context")).body);
    expect(instructions).toMatchObject({ tiers: ["desk"], onSilence: { kind: "expired" } });
    expect((await ask("")).body).toMatchObject({ status: "open", tier: "desk", args });
    expect(await ask("/decision", { type: "approve", argsHash })).toMatchObject({ status: 200 });
  });

  it("is judged the same again by what was kept of it", async () => {
    await said(`wipe ${randomUUID()}`);
    const { status, body } = await request(`${at.url}/policies/replay`, { body: {} });
    expect(status).toBe(200);
    const { calls, identical } = body["figures"] as Record<string, number>;
    expect(calls).toBeGreaterThan(0);
    expect(identical).toBe(calls);
  });
});

describe("whoever runs the server", () => {
  it("is told once of a tier with nobody or only one in it, and again when that comes back", () => {
    const told: string[] = [];
    let staffing = keys(key("anna", "a", "desk"));
    const look = staffingWatch({
      tenant: "default",
      staffing: () => staffing,
      policies: new Map([["support", () => policy]]),
      log: { warn: (words) => void told.push(words) },
    });
    look();
    look();
    expect(told).toEqual([
      'support: Tier "desk" asks for somebody with one of the roles desk, and there is one: while they are away, nobody can decide.',
      'support: Tier "board" asks for somebody with one of the roles board, chair, and nobody has one: what asks for it is refused.',
    ]);
    staffing = keys(key("anna", "a", "desk, chair"), key("ben", "b", "desk, chair"));
    look();
    expect(told).toHaveLength(2);
    staffing = keys(key("anna", "a", "desk, chair"));
    look();
    expect(told).toHaveLength(4);
  });

  it("learns it from `policy check --access` before it goes live", async () => {
    const folder = await mkdtemp(join(tmpdir(), "staffing-"));
    const [policyFile, accessFile] = [join(folder, "policy.yaml"), join(folder, "access.yaml")];
    await writeFile(policyFile, policyText);
    await writeFile(accessFile, `keys:\n  - ${key("anna", "a", "desk")}\n`);
    const check = async () => {
      const terminal = capturingTerminal();
      const code = await policyCheckCommand.run([policyFile, "--access", accessFile], terminal);
      return { code, out: terminal.said.out };
    };
    const checked = await check();
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/Tier "board" .* nobody has one: what asks for it is refused/);
    expect(checked.out).toMatch(/Tier "desk" .* there is one/);
    await writeFile(accessFile, `keys:\n  - ${key("anna", "a", "desk, board")}\n`);
    const well = await check();
    expect([well.code, well.out]).toEqual([0, expect.stringMatching(/there is one[\s\S]*ok, version/)]);
  });
});
