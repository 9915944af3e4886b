// Two servers, each a process of its own, on one database: whoever decides where, one outcome, and at most one effect.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKey } from "../src/access/keys.js";
import type { Execution, Review } from "../src/http/contract.js";
import { hashJson } from "../src/kernel/json.js";
import { testDatabase } from "./support/database.js";
import { request, say } from "./support/http.js";
import { Program } from "./support/program.js";

const policy = `
tools:
  issue_refund: { reversibility: irreversible, amount: args.amount, currency: EUR }
rules:
  - { id: two, when: "tool == 'issue_refund' && args.amount == 2.0", tier: pair }
  - { id: never, when: "tool == 'issue_refund' && args.amount == 666.0", verdict: deny, reason: "Not that much." }
  - { id: large, when: "tool == 'issue_refund' && args.amount == 7.0", tier: risk }
  - { id: others, when: "tool == 'issue_refund' && args.orderId == '7777'", tier: risk }
  - { id: soon, when: "tool == 'issue_refund' && args.amount == 3.0", tier: quick }
tiers:
  solo: { roles: [support] }
  pair: { roles: [support], quorum: 2, of: 4 }
  quick: { roles: [support], respond: 2s }
  risk: { roles: [risk] }
default: { tier: solo }
`;
const people = ["ada", "ben", "cid", "dee", "eve", "guest"] as const;
const rolesOf = (who: Who) => ({ guest: "", eve: "risk" })[who as string] ?? "support";
type Who = (typeof people)[number];
const keys = Object.fromEntries(people.map((who) => [who, newKey()])) as Record<
  Who,
  ReturnType<typeof newKey>
>;

let folder: string;
let environment: Record<string, string>;
let servers: Program[];
let urls: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdpoint-two-"));
  const [policyFile, accessFile] = [join(folder, "policy.yaml"), join(folder, "access.yaml")];
  await writeFile(policyFile, policy);
  const lines = people.map(
    (who) => `  - { id: ${who}, kind: person, roles: [${rolesOf(who)}], sha256: "${keys[who].sha256}" }`,
  );
  await writeFile(accessFile, `keys:\n${lines.join("\n")}\nlimits: { requestsPerMinute: 100000 }\n`);
  environment = {
    DATABASE_URL: await testDatabase(),
    HOLDPOINT_POLICY: policyFile,
    HOLDPOINT_ACCESS: accessFile,
  };
  servers = [new Program(environment), new Program(environment)];
  urls = await Promise.all(servers.map((server) => server.url()));
}, 120_000);
afterAll(async () => {
  for (const { child, exited } of servers) {
    child.kill("SIGKILL");
    await exited;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const ask = (server: number, who: Who, path: string, body?: unknown) =>
  request(`${urls[server % urls.length]}${path}`, {
    headers: { "x-api-key": keys[who].key },
    ...(body === undefined ? {} : { body }),
  });
async function items<Item>(path: string): Promise<Item[]> {
  const answer = await ask(1, "ada", path);
  return answer.body["items"] as Item[];
}
const executionsIn = (threadId: string) => items<Execution>(`/executions?thread_id=${threadId}`);
const reviewNow = async (id: string) => (await ask(1, "ada", `/reviews/${id}`)).body as unknown as Review;

/** A guest asks for a refund of so much. */
async function asked(amount: number, at = 0): Promise<{ threadId: string; review: Review | undefined }> {
  const created = await ask(at, "guest", "/threads", {});
  const threadId = String(created.body["thread_id"]);
  await ask(at, "guest", `/threads/${threadId}/runs/wait`, {
    assistant_id: "support",
    ...say(`refund ${amount} EUR for order 8841`),
  });
  const [review] = await items<Review>(`/reviews?thread_id=${threadId}&status=open`);
  return { threadId, review };
}
async function held(amount: number): Promise<{ threadId: string; review: Review }> {
  const { threadId, review } = await asked(amount);
  return { threadId, review: review ?? expect.fail("nothing waits") };
}
const decide = (server: number, who: Who, { id, argsHash }: Review, more: object = { type: "approve" }) =>
  ask(server, who, `/reviews/${id}/decision`, { argsHash, ...more });
async function over(id: string): Promise<void> {
  await expect.poll(async () => (await reviewNow(id)).resumedAt, { timeout: 20_000 }).not.toBeNull();
}
const rejected = { type: "reject", reason: "No." };
const amounts = (executions: readonly Execution[]) => executions.map(({ args }) => args["amount"]);

describe("two servers", () => {
  it("take one of eight answers of two people, and tell the others whose it was", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { threadId, review } = await held(1);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          decide(
            index,
            index % 4 < 2 ? "ada" : "ben",
            review,
            index % 2 === 0 ? { type: "approve" } : rejected,
          ),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, body } of answers)
        if (status !== 200) expect([status, body["code"]]).toEqual([409, "review_already_decided"]);
      await over(review.id);
      const isApproved = (await reviewNow(review.id)).decision?.type === "approve";
      expect(amounts(await executionsIn(threadId))).toEqual(isApproved ? [1] : []);
    }
  });

  it("count votes together: two of four people let it go, or it does not go", async () => {
    for (const nos of [0, 1, 2, 3]) {
      const { threadId, review } = await held(2);
      const voters = ["ada", "ben", "cid", "dee"] as const;
      const vote = async (who: Who, index: number): Promise<void> => {
        const answer = index < nos ? rejected : { type: "approve" };
        // Twice, at both: a person is counted once.
        await Promise.all([decide(0, who, review, answer), decide(1, who, review, answer)]);
      };
      await Promise.all(voters.map(vote));
      await over(review.id);
      const { decision } = await reviewNow(review.id);
      expect(decision?.type).toBe(nos < 3 ? "approve" : "reject");
      expect(amounts(await executionsIn(threadId))).toEqual(nos < 3 ? [2] : []);
      if (nos < 3) expect(new Set(decision?.approvedBy.map(({ id }) => id)).size).toBe(2);
    }
  });

  it("let a deadline and decisions of the same millisecond have one outcome", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { threadId, review } = await held(3);
      const left = new Date(review.expiresAt ?? expect.fail("no deadline")).getTime() - Date.now();
      await delay(Math.max(0, left - 20));
      const answers = await Promise.all(
        [0, 5, 10, 15, 20, 25, 30, 35].map(async (ms, index) => {
          await delay(ms);
          return decide(index, "ada", review);
        }),
      );
      const taken = answers.filter(({ status }) => status === 200).length;
      expect(taken).toBeLessThanOrEqual(1);
      await over(review.id);
      const { status } = await reviewNow(review.id);
      expect(status === "expired").toBe(taken === 0);
      expect(await executionsIn(threadId)).toHaveLength(taken);
    }
  });

  it("run what was edited, or what was approved, and never both", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { threadId, review } = await held(1);
      const edit = { type: "edit", args: { ...review.args, amount: 5 } };
      const answers = await Promise.all([
        decide(0, "ada", review),
        decide(1, "ben", review, edit),
        decide(1, "ada", review),
        decide(0, "ben", review, edit),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      await over(review.id);
      const { decision } = await reviewNow(review.id);
      const [execution, ...more] = await executionsIn(threadId);
      expect(more).toEqual([]);
      expect([execution?.args["amount"], execution?.argsHash]).toEqual([
        decision?.type === "edit" ? 5 : 1,
        decision?.argsHash,
      ]);
    }
  });

  it("spend no more of what was approved in advance than there is", async () => {
    const made = await ask(0, "ada", "/standing-approvals", {
      tool: "issue_refund",
      maxCount: 5,
      maxAmount: 40,
      until: new Date(Date.now() + 600_000).toISOString(),
      reason: "Small ones.",
    });
    expect(made.status).toBe(200);
    const all = await Promise.all(Array.from({ length: 12 }, (_, index) => asked(10, index)));
    const spent = (await Promise.all(all.map(({ threadId }) => executionsIn(threadId)))).flat();
    expect(amounts(spent)).toEqual([10, 10, 10, 10]);
    expect(all.filter(({ review }) => review !== undefined)).toHaveLength(8);
    await ask(1, "ben", `/standing-approvals/${String(made.body["id"])}/revoke`, { reason: "Over." });
  });

  it.each<[string, string, object]>([
    ["its tool's schema refuses", "args_invalid", { amount: -5 }],
    ["the policy forbids", "edit_refused", { amount: 666 }],
  ])("let no edit through that %s, and take the approval beside it", async (_, code, changed) => {
    const { threadId, review } = await held(1);
    const edit = { type: "edit", args: { ...review.args, ...changed } };
    const edits = await Promise.all([0, 1, 0, 1].map((server) => decide(server, "ben", review, edit)));
    expect(edits.map(({ status, body }) => [status, body["code"]])).toEqual(edits.map(() => [422, code]));
    expect(await reviewNow(review.id)).toMatchObject({ status: "open", args: review.args });
    const [approval, ...late] = await Promise.all([
      decide(0, "ada", review),
      decide(1, "ben", review, edit),
      decide(0, "ben", review, edit),
    ]);
    expect(approval?.status).toBe(200);
    for (const { status, body } of late)
      expect([`422 ${code}`, "409 review_already_decided"]).toContain(`${status} ${String(body["code"])}`);
    await over(review.id);
    expect(amounts(await executionsIn(threadId))).toEqual([1]);
  });

  it.each([
    ["raises the tier", { amount: 7 }],
    ["is to another's account", { orderId: "7777" }],
  ])("put an edit that %s before who may release it, unless the call went as it was", async (_, changed) => {
    for (let round = 0; round < 3; round += 1) {
      const { threadId, review } = await held(1);
      const args = { ...review.args, ...changed };
      const edit = { type: "edit", args };
      // At first nobody approves beside them, so that the edit is what is taken.
      const approvals = round === 0 ? [] : [decide(1, "ada", review), decide(0, "ada", review)];
      const answers = await Promise.all([
        decide(0, "ben", review, edit),
        decide(1, "ben", review, edit),
        ...approvals,
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const now = await reviewNow(review.id);
      if (round === 0) expect(now.decision).toBeNull();
      if (now.decision === null) {
        expect(now).toMatchObject({ status: "open", tier: "risk", args });
        expect(await executionsIn(threadId)).toEqual([]);
        // What ada and ben may say is over, whatever they saw.
        for (const seen of [review, now])
          expect((await decide(1, "ada", seen)).status).toBeGreaterThanOrEqual(400);
        expect((await decide(0, "eve", now)).status).toBe(200);
      }
      await over(review.id);
      const executions = await executionsIn(threadId);
      expect(executions.map((one) => one.args)).toEqual([now.decision === null ? args : review.args]);
    }
  });

  it.each([
    ["how a letter is composed", { orderId: "caf\u00e9" }, { orderId: "cafe\u0301" }],
    ["the last digit of a number", { amount: 0.3 }, { amount: 0.1 + 0.2 }],
  ])(
    "of two edits that differ in %s, run the one that was taken, as it was written",
    async (_, one, other) => {
      for (let round = 0; round < 4; round += 1) {
        const { threadId, review } = await held(1);
        // At first alone, so that each is what is taken once.
        const edits = (round === 0 ? [one] : round === 1 ? [other] : [one, other]).map((changed) => ({
          ...review.args,
          ...changed,
        }));
        const answers = await Promise.all(
          edits.map((args, server) =>
            decide(server, server === 0 ? "ada" : "ben", review, { type: "edit", args }),
          ),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        await over(review.id);
        const [execution, ...more] = await executionsIn(threadId);
        expect(more).toEqual([]);
        const taken = edits[answers.findIndex(({ status }) => status === 200)];
        expect(execution?.args).toEqual(taken);
        expect(execution?.argsHash).toBe(hashJson(taken ?? {}));
      }
    },
  );

  it("pass a deadline once though the one that held it was killed, and one is away past it", async () => {
    const { threadId, review } = await held(3);
    const [first] = servers;
    first?.child.kill("SIGKILL");
    await first?.exited;
    await over(review.id);
    expect((await reviewNow(review.id)).status).toBe("expired");
    servers[0] = new Program(environment);
    urls[0] = await servers[0].url();
    expect(await executionsIn(threadId)).toEqual([]);
    const { events } = (await ask(0, "ada", `/reviews/${review.id}/context`)).body as {
      events: { kind: string }[];
    };
    expect(events.filter(({ kind }) => kind === "expired")).toHaveLength(1);
  });
});
