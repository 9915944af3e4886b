// A change of the policy is itself a reviewed action, where the policy in force says so: proposed, shown, decided, on record.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdpointMiddleware } from "../src/langchain.js";
import { createHoldpoint, scriptedModel } from "../src/index.js";
import { silentLog } from "../src/kernel/log.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { createRuntime } from "../src/runtime.js";
import { watchPolicyFile } from "../src/server/policy-file.js";
import { openDatabase } from "../src/storage/database.js";
import { countingTools, obedient } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { linesOf, verifyLines } from "./support/ledger.js";
import { serveDesk, type Desk } from "./support/people.js";

const tiers = "tiers: { team: { roles: [support] }, board: { roles: [risk] } }";
const guarded = `changes: { tier: board }\n${tiers}`;
const stricter = `${guarded}\nrules: [{ id: no-pay, when: "tool == 'pay'", verdict: deny, reason: Payments are frozen. }]`;
const other = `${guarded}\nrules: [{ id: no-wipe, when: "tool == 'wipe'", verdict: deny, reason: Nothing is wiped. }]`;
const unguarded = tiers;
const versionOf = (text: string) => loadPolicy(text, "policy.yaml").version;

const url = await testDatabase();
const db = openDatabase({ url, roles: true, maxConnections: 2 });
afterAll(() => db.close());

/** Each test has an agent of its own. */
let name: string;
let desk: Desk & { stop(): Promise<void> };
const ending: (() => Promise<void>)[] = [];
const start = async (policy: string | null, more: object = {}) => {
  const started = await serveDesk(url, { name, ...(policy === null ? {} : { policy }), ...more });
  const stop = once(() => started.at.stop());
  ending.push(stop);
  return { ...started, stop };
};
beforeEach(async () => {
  name = `support-${randomUUID()}`;
  desk = await start(guarded);
});
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}

/** What waits once the agent has heard this. */
const held = async (at: Desk, words: string) => {
  const { body } = await at.as.risk("/threads", {});
  const threadId = String(body["thread_id"]);
  await at.as.risk(`/threads/${threadId}/runs/wait`, { assistant_id: name, ...say(words) });
  const answered = (await at.at.runtime.runs.threadActivity("default", threadId)).error;
  expect(answered).toBeNull();
  return (await at.at.runtime.reviews.list("default", { threadId, limit: 5 })).items;
};
const inForce = (at: Served) => at.runtime.agents.get(name)?.policy().version;
const propose = async (text: string, from = desk) => {
  const replaced = await from.at.runtime.changes.reload(text, "the-file.yaml");
  if (!replaced.ok) throw replaced.error;
  return replaced;
};
const proposed = async (text: string, from = desk) =>
  (await propose(text, from)).proposed?.reviewId ?? expect.fail("Nothing was proposed.");
const reviewOf = async (id: string) => (await desk.as.ada(`/reviews/${id}`)).body;
const answer = async (who: "ada" | "risk" | "bot", id: string, type: string, more: object = {}) =>
  desk.as[who](`/reviews/${id}/decision`, { type, argsHash: (await reviewOf(id))["argsHash"], ...more });
/** What an exported ledger, which verifies, says of the stream. */
const onLedger = async (stream: string) => {
  const lines = await linesOf(url, "default");
  expect((await verifyLines(lines)).faults).toEqual([]);
  return lines
    .map((line) => JSON.parse(line) as { stream?: string; entry: Record<string, unknown> })
    .filter((line) => line.stream === stream)
    .map(({ entry }) => entry);
};
const changesOnLedger = async () => (await onLedger("policy")).filter(({ agent }) => agent === name);
const termsOf = async () => {
  const { rows } = await db.pool.query<{ version: string; by: string }>(
    "select version, by_whom ->> 'id' as by from holdpoint.policy_terms where graph_id = $1 order by term_no",
    [name],
  );
  return rows.map(({ version, by }) => [version, by]);
};

describe("a policy that has its changes approved", () => {
  it("stays in force while its change waits in the queue, with what changes and what that would have meant", async () => {
    expect(await held(desk, `pay ${randomUUID()}`)).toHaveLength(1);
    const replaced = await propose(stricter);
    expect(replaced).toMatchObject({
      policy: { version: versionOf(guarded) },
      proposed: { version: versionOf(stricter) },
    });
    expect(inForce(desk.at)).toBe(versionOf(guarded));
    const { body } = await desk.as.ada("/reviews?limit=50");
    const review = (body["items"] as Record<string, unknown>[]).find(
      ({ id }) => id === replaced.proposed?.reviewId,
    );
    expect(review).toMatchObject({
      kind: "review",
      status: "open",
      tool: "change_policy",
      tier: "board",
      roles: ["risk"],
      title: `Change the policy of ${name}: one change`,
      requestedBy: { id: "the-file.yaml", kind: "service" },
      args: { agents: [name], from: versionOf(guarded), to: versionOf(stricter) },
    });
    const args = review?.["args"] as { changes: string[]; replay: string[] };
    expect(args.changes).toEqual([
      "The rule no-pay is new: verdict deny, when tool == 'pay', reason Payments are frozen.",
    ]);
    expect(args.replay).toContain(
      "Of 1 calls of the last 30 days, 1 were judged again by it: 1 would have had another verdict.",
    );
    expect(args.replay).toContain("Held for a person: 0 instead of 1.");
  });

  it("gives way when somebody of that tier approves, in every process, and the record says who", async () => {
    const second = await start(guarded);
    const id = await proposed(stricter);
    expect((await answer("risk", id, "approve")).status).toBe(200);
    expect(inForce(desk.at)).toBe(versionOf(stricter));
    await expect.poll(() => inForce(second.at)).toBe(versionOf(stricter));
    expect(await termsOf()).toEqual([
      [versionOf(guarded), "start"],
      [versionOf(stricter), "key:risk"],
    ]);
    const { body } = await desk.as.ada(`/policies/${versionOf(stricter)}`);
    expect(body).toMatchObject({
      terms: [{ agent: name, by: { id: "key:risk", kind: "person" }, until: null }],
    });
    // What it says is what now rules, also there.
    expect(await held(second, `pay ${randomUUID()}`)).toEqual([]);
  });

  it("stays where the change is rejected, and after a restart with the changed file, which is not proposed again", async () => {
    const id = await proposed(stricter);
    expect((await answer("risk", id, "reject", { reason: "Not now." })).status).toBe(200);
    expect(await reviewOf(id)).toMatchObject({ status: "resumed", decision: { type: "reject" } });
    expect(inForce(desk.at)).toBe(versionOf(guarded));
    await desk.stop();
    desk = await start(stricter, { policyFile: "the-file.yaml" });
    expect(inForce(desk.at)).toBe(versionOf(guarded));
    expect(
      await desk.at.runtime.reviews.list("default", {
        tool: "change_policy",
        graphId: `policy:${name}`,
        status: "open",
        limit: 5,
      }),
    ).toMatchObject({ items: [] });
    expect(await termsOf()).toEqual([[versionOf(guarded), "start"]]);
    // Given again while it runs, it is asked again.
    expect(await proposed(stricter)).not.toBe(id);
  });

  it("comes up from the database, whatever the file says by then, and the file is proposed", async () => {
    await desk.stop();
    for (const given of [stricter, null]) {
      desk = await start(given);
      expect(inForce(desk.at)).toBe(versionOf(guarded));
      const { items } = await desk.at.runtime.reviews.list("default", {
        graphId: `policy:${name}`,
        status: "open",
        limit: 5,
      });
      expect(items).toMatchObject([{ args: { to: versionOf(given ?? "{}") } }]);
      await desk.stop();
    }
  });

  it("is changed by nobody else: no lower tier, no agent whatever its roles", async () => {
    const id = await proposed(stricter);
    for (const who of ["ada", "bot"] as const)
      expect(await answer(who, id, "approve")).toMatchObject({
        status: 403,
        body: { code: "decision_forbidden" },
      });
    expect(inForce(desk.at)).toBe(versionOf(guarded));
    expect(await reviewOf(id)).toMatchObject({ status: "open", tier: "board" });
  });

  it("is changed to what was shown and to nothing else: no edit, no answer in words, no other arguments", async () => {
    const id = await proposed(stricter);
    const { args } = (await reviewOf(id)) as { args: object };
    const edited = { ...args, to: versionOf(unguarded) };
    expect(await answer("risk", id, "edit", { args: edited })).toMatchObject({
      body: { code: "answer_not_allowed", allowed: ["approve", "reject"] },
    });
    expect(await answer("risk", id, "respond", { message: "Yes." })).toMatchObject({
      body: { code: "answer_not_allowed" },
    });
    expect(await answer("risk", id, "approve", { args: edited })).toMatchObject({
      body: { code: "request_invalid" },
    });
    expect(
      await desk.as.risk(`/reviews/${id}/decision`, { type: "approve", argsHash: "0".repeat(64) }),
    ).toMatchObject({ body: { code: "decision_stale" } });
    expect((await desk.as.risk(`/reviews/${id}/assessment`, { args: edited })).body).toMatchObject({
      mayDecide: false,
      faults: [{ message: expect.stringContaining("cannot be edited") as string }],
    });
    expect(await reviewOf(id)).toMatchObject({ status: "open" });
  });

  it("takes no version whose arguments were changed in the row", async () => {
    const id = await proposed(stricter);
    await db.pool.query(`update holdpoint.reviews set args = replace(args, $2, $3) where review_id = $1`, [
      id,
      versionOf(stricter),
      versionOf(unguarded),
    ]);
    await answer("risk", id, "approve");
    await desk.at.runtime.changes.tend();
    expect(inForce(desk.at)).toBe(versionOf(guarded));
    expect(await termsOf()).toHaveLength(1);
  });

  it("asks for approval of a change that drops this, and for nothing more once that is in force", async () => {
    const id = await proposed(unguarded);
    expect(await reviewOf(id)).toMatchObject({
      args: { changes: ["Who approves a change of the policy is gone; it was: tier board."] },
    });
    const second = await start(guarded);
    await answer("risk", id, "approve");
    await expect.poll(() => inForce(second.at)).toBe(versionOf(unguarded));
    expect(await propose("rules: []")).toMatchObject({
      proposed: null,
      policy: { version: versionOf("rules: []") },
    });
  });

  it("has one change that waits: a newer file replaces it, and the file as it was withdraws it", async () => {
    const first = await proposed(stricter);
    const second = await proposed(other);
    expect(await reviewOf(first)).toMatchObject({ status: "superseded" });
    expect(await answer("risk", first, "approve")).toMatchObject({
      body: { code: "review_already_decided" },
    });
    expect(await propose(guarded)).toMatchObject({ proposed: null });
    expect(await reviewOf(second)).toMatchObject({ status: "superseded" });
    const third = await proposed(stricter);
    expect(third).not.toBe(first);
    await answer("risk", third, "approve");
    expect(inForce(desk.at)).toBe(versionOf(stricter));
  });

  it("is proposed once where several processes see one file change at once", async () => {
    const second = await start(guarded);
    const ids = await Promise.all([proposed(stricter), proposed(stricter, second), proposed(stricter)]);
    expect(new Set(ids).size).toBe(1);
  });

  it("a change that was made from a version no longer in force is told anew, from the one that is", async () => {
    const first = await proposed(stricter);
    const held = newHeldDecision();
    // Decided, and not carried out yet, when the next one is proposed.
    await held.decide(first);
    const second = await proposed(other);
    expect(await reviewOf(second)).toMatchObject({ args: { from: versionOf(guarded) } });
    await desk.at.runtime.changes.tend();
    expect(inForce(desk.at)).toBe(versionOf(stricter));
    await desk.at.runtime.changes.tend();
    expect(await reviewOf(second)).toMatchObject({ status: "superseded" });
    const { items } = await desk.at.runtime.reviews.list("default", {
      graphId: `policy:${name}`,
      status: "open",
      limit: 5,
    });
    expect(items).toMatchObject([{ args: { from: versionOf(stricter), to: versionOf(other) } }]);
  });

  it("a change that nobody decides in time is refused, by the deadline of its tier", async () => {
    const timed = guarded.replace("roles: [risk]", "roles: [risk], respond: 30m");
    const first = await proposed(timed);
    await answer("risk", first, "approve");
    const id = await proposed(stricter);
    await db.pool.query(
      "update holdpoint.reviews set expires_at = now() - interval '1 ms' where review_id = $1",
      [id],
    );
    await expect.poll(async () => (await reviewOf(id))["status"]).toBe("expired");
    expect(inForce(desk.at)).toBe(versionOf(timed));
  });

  it("an approval that may be taken back brings nothing into force before", async () => {
    const patient = `${guarded}\nundo: 60s`;
    await answer("risk", await proposed(patient), "approve");
    const id = await proposed(stricter);
    expect((await answer("risk", id, "approve", { undo: true })).status).toBe(200);
    await desk.at.runtime.changes.tend();
    expect(inForce(desk.at)).toBe(versionOf(patient));
    // A newer one waits for a person meanwhile; what comes into force first is told.
    await proposed(other);
    const told = (await desk.as.ada("/policies/in-force")).body["items"];
    expect(told).toMatchObject([{ waiting: { reviewId: id, decided: { type: "approve" } } }]);
    expect((await desk.as.risk(`/reviews/${id}/decision`, undefined, { method: "DELETE" })).status).toBe(200);
    await answer("risk", id, "reject");
    expect(inForce(desk.at)).toBe(versionOf(patient));
  });

  it("is found wrong before anybody is asked where it cannot be read", async () => {
    expect(await desk.at.runtime.changes.reload(`${guarded}\nrules: 7`, "the-file.yaml")).toMatchObject({
      ok: false,
      error: { code: "policy_invalid" },
    });
    expect(() => loadPolicy("changes: { tier: kings }", "p.yaml")).toThrow(
      'p.yaml:1:18: There is no tier "kings". The tiers are reviewer.',
    );
  });
});

describe("the ledger", () => {
  it("has a change from its proposal to the version in force, with who proposed and who decided", async () => {
    const id = await proposed(stricter);
    const { actionId, argsHash, threadId } = await reviewOf(id);
    await answer("risk", id, "approve");
    await desk.at.runtime.changes.tend();
    const on = { actionId, argsHash };
    expect(await onLedger(`thread:${String(threadId)}`)).toMatchObject([
      { event: "action.proposed", ...on, by: "the-file.yaml", byKind: "service", tool: "change_policy" },
      { event: "review.opened", ...on, reviewId: id, tier: "board" },
      { event: "review.decided", ...on, reviewId: id, decision: "approve", by: "key:risk", byKind: "person" },
      { event: "execution.claimed", ...on, reviewId: id, effect: "transactional" },
      { event: "execution.succeeded", ...on },
    ]);
    expect(await changesOnLedger()).toMatchObject([
      { event: "policy.changed", policy: versionOf(guarded), by: "start" },
      {
        event: "policy.changed",
        before: versionOf(guarded),
        policy: versionOf(stricter),
        by: "key:risk",
        byKind: "person",
      },
    ]);
  });

  it("has no change of what was rejected, and has who rejected it", async () => {
    const id = await proposed(stricter);
    const { threadId } = await reviewOf(id);
    await answer("risk", id, "reject", { reason: "Not now." });
    await desk.at.runtime.changes.tend();
    expect((await onLedger(`thread:${String(threadId)}`)).at(-1)).toMatchObject({
      event: "review.decided",
      decision: "reject",
      by: "key:risk",
    });
    expect(await changesOnLedger()).toHaveLength(1);
  });

  it("has a change that nobody had to approve with the file that brought it", async () => {
    name = `support-${randomUUID()}`;
    await propose("rules: []", await start(unguarded));
    expect(await changesOnLedger()).toMatchObject([
      { event: "policy.changed", policy: versionOf(unguarded), by: "start" },
      {
        event: "policy.changed",
        before: versionOf(unguarded),
        policy: versionOf("rules: []"),
        by: "the-file.yaml",
        byKind: "service",
      },
    ]);
  });
});

describe("a policy without it", () => {
  it("is replaced at once, also by one that asks for it, which the other processes then follow", async () => {
    name = `support-${randomUUID()}`;
    const [one, two] = [await start(unguarded), await start(unguarded)];
    expect(await propose("rules: []", one)).toMatchObject({ proposed: null });
    await two.at.runtime.changes.tend();
    expect(inForce(two.at)).toBe(versionOf(unguarded));
    expect(await propose(guarded, one)).toMatchObject({ proposed: null });
    await expect.poll(() => inForce(two.at)).toBe(versionOf(guarded));
    expect(await propose(stricter, two)).toMatchObject({ proposed: { version: versionOf(stricter) } });
  });
});

describe("several agents of one server", () => {
  it("have one review for what changes for all of them alike", async () => {
    const names = [`a-${randomUUID()}`, `b-${randomUUID()}`];
    const agents = names.map((one) => ({
      name: one,
      model: scriptedModel("obedient", obedient),
      tools: countingTools().tools,
      policy: guarded,
    }));
    const runtime = await createRuntime({ agents, database: { url }, settings: { maxConnections: 4 } });
    ending.push(() => runtime.stop());
    const replaced = await runtime.changes.reload(stricter);
    const review = await runtime.reviews.find("default", (replaced.ok && replaced.proposed?.reviewId) || "");
    expect(review?.args).toMatchObject({ agents: names });
    const by = { id: "rita", kind: "person", roles: ["risk"], tenant: "default" } as const;
    await runtime.decide(by, review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect([...runtime.agents.values()].map(({ policy }) => policy().version)).toEqual([
      versionOf(stricter),
      versionOf(stricter),
    ]);
  });

  it("none is named as changes are", async () => {
    await expect(serve(url, { name: "policy:mine" })).rejects.toMatchObject({ code: "options_invalid" });
  });
});

describe("the doors", () => {
  it("a changed file is proposed in the file's name, and its watcher says what waits and what stays", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-policy-"));
    const file = join(folder, "policy.yaml");
    await writeFile(file, guarded);
    const said: string[] = [];
    const watched = watchPolicyFile(desk.at.runtime.changes, file, guarded, {
      log: silentLog,
      say: (line) => said.push(line),
    });
    ending.push(async () => {
      watched.stop();
      await rm(folder, { recursive: true });
    });
    await writeFile(file, stricter);
    watched.reload();
    await expect.poll(() => said).toHaveLength(1);
    expect(said[0]).toMatch(
      new RegExp(
        `^Reloaded the policy file ${file}: version ${versionOf(stricter).slice(0, 12)} waits for a person \\(review \\S+\\), and version ${versionOf(guarded).slice(0, 12)} stays in force\\.$`,
      ),
    );
    const { items } = await desk.at.runtime.reviews.list("default", {
      graphId: `policy:${name}`,
      status: "open",
      limit: 5,
    });
    expect(items).toMatchObject([{ requestedBy: { id: file } }]);
  });

  it("the library gets the same answer, and approves by the same door", async () => {
    const holdpoint = await createHoldpoint({
      name: `library-${randomUUID()}`,
      model: scriptedModel("obedient", obedient),
      tools: countingTools().tools,
      policy: guarded,
      database: { url },
      settings: { maxConnections: 4 },
    });
    ending.push(() => holdpoint.stop());
    const replaced = await holdpoint.reloadPolicy(stricter);
    expect(replaced).toMatchObject({ ok: true, proposed: { version: versionOf(stricter) } });
    const review = await holdpoint.review((replaced.ok && replaced.proposed?.reviewId) || "");
    await holdpoint.decide(review?.id ?? "", { type: "approve", argsHash: review?.argsHash ?? "" });
    expect(await holdpoint.reloadPolicy(stricter)).toMatchObject({ ok: true, proposed: null });
  });

  it("an object that asks for it is refused: no other process could read it", async () => {
    await expect(
      serve(url, { name: `object-${randomUUID()}`, policy: loadPolicy(guarded, "policy.yaml") }),
    ).rejects.toMatchObject({ code: "options_invalid" });
  });

  it("the middleware, which could not carry a change out, refuses to run under such a policy, given or in force", async () => {
    const middleware = (policy: string, of: string) => {
      const one = holdpointMiddleware({
        name: of,
        policy,
        database: { url },
        settings: { maxConnections: 2 },
      });
      ending.push(() => one.stop());
      return one;
    };
    await expect(middleware(guarded, `own-${randomUUID()}`).reviews()).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(middleware(unguarded, name).reviews()).rejects.toMatchObject({ code: "unsupported" });
    const own = middleware(unguarded, `own-${randomUUID()}`);
    expect(await own.reloadPolicy(guarded)).toMatchObject({ ok: false, error: { code: "unsupported" } });
    expect(await termsOf()).toEqual([[versionOf(guarded), "start"]]);
  });

  it("what the workspace asks beside a review of a change is answered", async () => {
    const id = await proposed(stricter);
    const context = await desk.as.risk(`/reviews/${id}/context`);
    expect(context).toMatchObject({
      status: 200,
      body: { conversation: [], actions: [{ tool: "change_policy" }] },
    });
    expect((await desk.as.risk(`/reviews/${id}/claim`, {})).status).toBe(200);
    expect((await request(`${desk.at.url}/reviews/${id}`)).status).toBe(401);
  });
});

/** Decides in the database alone, as a process that dies right after. */
function newHeldDecision() {
  return {
    async decide(id: string) {
      const store = desk.at.runtime.reviews;
      const review = await store.find("default", id);
      if (!review) throw new Error("There is no review.");
      const decided = await store.decide("default", {
        id: randomUUID(),
        reviewId: id,
        type: "approve",
        args: review.args,
        argsHash: review.argsHash,
        seenHash: review.argsHash,
        version: review.version,
        reason: null,
        message: null,
        answers: [],
        rewritten: null,
        undoMs: null,
        decidedBy: { id: "risk", kind: "person", roles: ["risk"], tenant: "default" },
        idempotencyKey: null,
      });
      expect(decided).not.toBeNull();
    },
  };
}
