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
facts:
  ticket: { tool: tag_ticket, key: args.ticketId, as: text }
rules:
  - { id: two, when: "tool == 'issue_refund' && args.amount == 2.0", tier: pair }
  - { id: never, when: "tool == 'issue_refund' && args.amount == 666.0", verdict: deny, reason: "Not that much." }
  - { id: large, when: "tool == 'issue_refund' && args.amount == 7.0", tier: risk }
  - { id: others, when: "tool == 'issue_refund' && args.orderId == '7777'", tier: risk }
  - { id: tagged, when: "tool == 'tag_ticket' && args.ticketId == '8841'" }
  - { id: blocked, when: "tool == 'issue_refund' && args.orderId in facts.ticket && facts.ticket[args.orderId].contains('blocked')", verdict: deny, reason: "It is blocked." }
  - { id: soon, when: "tool == 'issue_refund' && args.amount == 3.0", tier: quick }
  - { id: later, when: "tool == 'issue_refund' && args.amount == 4.0", tier: slow }
tiers:
  solo: { roles: [support] }
  pair: { roles: [support], quorum: 2, of: 4 }
  quick: { roles: [support], respond: 2s }
  slow: { roles: [support], respond: 30m }
  risk: { roles: [risk] }
default: { tier: solo }
`;
const people = ["ada", "ben", "cid", "dee", "eve", "guest", "ops", "rival"] as const;
const rolesOf = (who: Who) =>
  ({ guest: "", eve: "risk", ops: "operator", rival: "support, risk, operator" })[who as string] ?? "support";
const tenantOf = (who: Who) => (who === "rival" ? "rival" : "default");
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
    (who) =>
      `  - { id: ${who}, kind: person, tenant: ${tenantOf(who)}, roles: [${rolesOf(who)}], sha256: "${keys[who].sha256}" }`,
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

/** Another server in its place. */
async function startedAgain(server: number, more: Record<string, string> = {}): Promise<void> {
  servers[server]?.child.kill("SIGKILL");
  await servers[server]?.exited;
  const started = new Program({ ...environment, ...more });
  servers[server] = started;
  urls[server] = await started.url();
}

/** A guest asks for a refund of so much. */
async function asked(
  amount: number,
  at = 0,
  besides = "",
): Promise<{ threadId: string; review: Review | undefined }> {
  const created = await ask(at, "guest", "/threads", {});
  const threadId = String(created.body["thread_id"]);
  await ask(at, "guest", `/threads/${threadId}/runs/wait`, {
    assistant_id: "support",
    ...say(`${besides}refund ${amount} EUR for order 8841`),
  });
  // Also where its time is over by now.
  const reviews = await items<Review>(`/reviews?thread_id=${threadId}`);
  return { threadId, review: reviews.find(({ tool }) => tool === "issue_refund") };
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
    expect(all.filter(({ review }) => review?.decision === null)).toHaveLength(8);
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

  it("take an answer to what was shown before an edit at neither, whatever it says", async () => {
    const { threadId, review } = await held(1);
    const edit = { type: "edit", args: { ...review.args, amount: 7 } };
    expect((await decide(0, "ben", review, edit)).status).toBe(200);
    const now = await reviewNow(review.id);
    const late = await Promise.all(
      [{ type: "approve" }, rejected, edit, { type: "approve" }].map((answer, server) =>
        decide(server, "eve", review, answer),
      ),
    );
    expect(late.map(({ status, body }) => [status, body["code"]])).toEqual(
      late.map(() => [409, "decision_stale"]),
    );
    expect(await reviewNow(review.id)).toMatchObject({ status: "open", args: edit.args });
    const taken = await Promise.all([decide(0, "eve", now), decide(1, "eve", now)]);
    expect(taken.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    await over(review.id);
    expect(amounts(await executionsIn(threadId))).toEqual([7]);
  });

  it("take no edit at the one after an approval at the other", async () => {
    const { threadId, review } = await held(1);
    expect((await decide(0, "ada", review)).status).toBe(200);
    const edit = { type: "edit", args: { ...review.args, amount: 5 } };
    const late = await Promise.all([decide(1, "ben", review, edit), decide(0, "ben", review, edit)]);
    for (const { status, body } of late)
      expect([status, body["code"], body["decidedBy"]]).toEqual([409, "review_already_decided", "key:ada"]);
    await over(review.id);
    expect(amounts(await executionsIn(threadId))).toEqual([1]);
  });

  it.each([
    ["blocked", []],
    ["urgent", [1]],
  ])(
    "run what was approved only if what it is about still allows it: tagged as %s between approval and run",
    async (tag, paid) => {
      const { threadId, review } = await asked(1, 0, `tag ticket 8841 as ${tag}, and `);
      const refund = review ?? expect.fail("nothing waits");
      const open = await items<Review>(`/reviews?thread_id=${threadId}&status=open`);
      const tagging = open.find(({ tool }) => tool === "tag_ticket") ?? expect.fail("no tagging waits");
      const stop = await ask(0, "ops", "/stops", { kind: "tool", name: "issue_refund", why: "Wait." });
      expect((await decide(0, "ada", refund)).status).toBe(200);
      expect((await decide(1, "ben", tagging)).status).toBe(200);
      await over(tagging.id);
      expect((await executionsIn(threadId)).map(({ tool }) => tool)).toEqual(["tag_ticket"]);
      await ask(1, "ops", `/stops/${String(stop.body["id"])}/lift`, { why: "On." });
      await expect
        .poll(async () => (await ask(1, "guest", `/threads/${threadId}`)).body["status"], { timeout: 20_000 })
        .toBe("idle");
      const executions = await executionsIn(threadId);
      expect(amounts(executions.filter(({ tool }) => tool === "issue_refund"))).toEqual(paid);
      const state = await ask(0, "guest", `/threads/${threadId}/state`);
      const told = JSON.stringify(state.body["values"]);
      if (paid.length === 0) expect(told).toContain("What was known when it was proposed has changed");
    },
  );

  it("let nobody of another tenant see, edit or release what waits, whatever they know of it", async () => {
    const { threadId, review } = await held(1);
    const edit = { type: "edit", args: { ...review.args, amount: 5 } };
    const tried = await Promise.all(
      [0, 1].flatMap((server) => [
        ask(server, "rival", `/reviews/${review.id}`),
        decide(server, "rival", review),
        decide(server, "rival", review, edit),
        ask(server, "rival", `/threads/${threadId}`),
        ask(server, "rival", `/reviews/${review.id}/claim`, {}),
      ]),
    );
    expect(tried.map(({ status }) => status)).toEqual(tried.map(() => 404));
    const [own, other] = await Promise.all([decide(0, "ada", review), decide(1, "rival", review, edit)]);
    expect([own.status, other.status]).toEqual([200, 404]);
    await over(review.id);
    expect(amounts(await executionsIn(threadId))).toEqual([1]);
    const seen = await ask(1, "rival", `/executions?thread_id=${threadId}`);
    expect(seen.body["items"] ?? []).toEqual([]);
  });

  it("hear no answer after a deadline, at neither, nor one that a client resumes with", async () => {
    const { threadId, review } = await held(3);
    await over(review.id);
    const late = await Promise.all([
      decide(0, "ada", review),
      decide(1, "ben", review, rejected),
      decide(1, "ada", review, { type: "edit", args: { ...review.args, amount: 5 } }),
    ]);
    expect(late.map(({ status, body }) => [status, body["code"]])).toEqual(
      late.map(() => [409, "review_expired"]),
    );
    await Promise.all(
      [0, 1].map((server) =>
        ask(server, "ada", `/threads/${threadId}/runs/wait`, {
          assistant_id: "support",
          command: { resume: [{ type: "approve" }] },
        }),
      ),
    );
    expect((await reviewNow(review.id)).status).toBe("expired");
    expect(await executionsIn(threadId)).toEqual([]);
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
    await startedAgain(0);
    expect(await executionsIn(threadId)).toEqual([]);
    const { events } = (await ask(0, "ada", `/reviews/${review.id}/context`)).body as {
      events: { kind: string }[];
    };
    expect(events.filter(({ kind }) => kind === "expired")).toHaveLength(1);
  });

  it.each([
    ["ahead", "America/New_York", 3_600_000],
    ["behind", "Australia/Lord_Howe", -3_600_000],
  ])(
    "pass a deadline by the clock of the database, though theirs are an hour %s",
    async (_, zone, wrongBy) => {
      const shim = join(folder, `clock-${wrongBy}.mjs`);
      await writeFile(
        shim,
        `const Right = Date;
globalThis.Date = class extends Right {
  constructor(...args) { args.length === 0 ? super(Right.now() + (${wrongBy})) : super(...args); }
  static now() { return Right.now() + (${wrongBy}); }
};`,
      );
      const wrong = { NODE_OPTIONS: `--import=${shim}`, TZ: zone };
      await Promise.all([startedAgain(0, wrong), startedAgain(1, wrong)]);
      const early = await held(4);
      expect((await decide(1, "ada", early.review)).status).toBe(200);
      await over(early.review.id);
      expect(amounts(await executionsIn(early.threadId))).toEqual([4]);
      const { threadId, review } = await held(3);
      await over(review.id);
      expect((await reviewNow(review.id)).status).toBe("expired");
      expect(await executionsIn(threadId)).toEqual([]);
      const { body } = await ask(0, "ada", `/reviews/${review.id}/context`);
      const ended = (body["events"] as { kind: string; at: string }[]).filter(
        ({ kind }) => kind === "expired",
      );
      expect(ended).toHaveLength(1);
      expect(Date.parse(ended[0]?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(review.expiresAt ?? ""));
    },
  );
});
