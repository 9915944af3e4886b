// What an owner reports of a period: each call stands in one place, and the sums hold.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { reportSchema, type Report } from "../src/http/contract.js";
import { defineTool } from "../src/index.js";
import { callReport, ends, fates, type Counted } from "../src/metrics/report.js";
import { z } from "zod";
import { countingTools } from "./support/agent.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { capturingTerminal } from "./support/terminal.js";

describe("of any history", () => {
  const attempts = ["unasked", "approved", "edited", "inAdvance"];
  const counted: fc.Arbitrary<Counted[]> = fc
    .uniqueArray(
      fc.record({
        agent: fc.constantFrom("desk", "press"),
        tool: fc.constantFrom("pay", "post"),
        fate: fc.constantFrom(...fates),
        ended: fc.record({
          succeeded: fc.nat(99),
          failed: fc.nat(99),
          unknown: fc.nat(99),
          claimed: fc.nat(99),
        }),
        untried: fc.nat(99),
      }),
      { selector: ({ agent, tool, fate }) => `${agent} ${tool} ${fate}` },
    )
    .map((all) =>
      all.map(({ untried, ended, ...one }) =>
        attempts.includes(one.fate)
          ? { ...one, ended, calls: ends.reduce((sum, end) => sum + ended[end], 0) }
          : { ...one, ended: { succeeded: 0, failed: 0, unknown: 0, claimed: 0 }, calls: untried },
      ),
    );

  it("each call stands in one place, each attempt has one end, and the tools' sums are the total's", () => {
    const sum = (of: object): number =>
      (Object.values(of) as number[]).reduce((total, one) => total + one, 0);
    fc.assert(
      fc.property(counted, (of) => {
        const { total, byTool } = callReport(of);
        expect(total.calls).toBe(of.reduce((all, { calls }) => all + calls, 0));
        for (const figures of [total, ...byTool]) {
          expect(sum(figures.became)).toBe(figures.calls);
          expect(sum(figures.ended)).toBe(figures.attempted);
          expect(figures.seen.of).toBe(figures.calls);
        }
        for (const fate of fates)
          expect(byTool.reduce((all, { became }) => all + became[fate], 0)).toBe(total.became[fate]);
      }),
    );
  });
});

const policy = `undo: 30s
changes: { tier: owners }
tiers: { owners: { roles: [owner] } }
rules: [{ id: never, when: "tool == 'wipe'", verdict: deny, reason: Never wipe. }]
`;

describe("on record", () => {
  let at: Served;
  let begin: string;
  beforeAll(async () => {
    const { tools } = countingTools();
    const breaks = defineTool({
      name: "breaks",
      description: "Fails.",
      args: z.object({ id: z.string() }),
      annotations: { readOnlyHint: true },
      run: () => {
        throw new Error("It is broken.");
      },
    });
    at = await serve(await testDatabase(), {
      tools: [...tools, breaks],
      builtIns: ["ask_human"],
      policy,
    });
    begin = new Date().toISOString();
  });
  afterAll(() => at.stop());

  const report = async (period = `since=${encodeURIComponent(begin)}`): Promise<Report> => {
    const { status, body } = await request(`${at.url}/report?${period}`);
    expect(status).toBe(200);
    return reportSchema.parse(body);
  };
  const propose = async (words: string): Promise<string> => {
    const { thread_id: threadId } = await at.client.threads.create();
    await at.client.runs.wait(threadId, "support", say(words));
    return threadId;
  };
  const decide = async (threadId: string, answer: object): Promise<void> => {
    const { items } = await at.runtime.reviews.list("default", { threadId, status: "open", limit: 1 });
    const { status } = await request(`${at.url}/reviews/${items[0]?.id}/decision`, {
      body: { argsHash: items[0]?.argsHash, ...answer },
    });
    expect(status).toBe(200);
    await at.runtime.waitForThread("default", threadId);
  };
  const newName = (): string => randomUUID().slice(0, 8);

  it("is empty before anything happened, and names the policy in force", async () => {
    const { calls, decisions, policies } = await report();
    expect(calls).toMatchObject({ total: { calls: 0, seen: { share: null } }, byTool: [] });
    expect(decisions).toMatchObject({ approve: 0, medianSeconds: null, busiest: { count: 0, of: 0 } });
    expect(policies).toMatchObject([{ agent: "support", until: null }]);
  });

  it("tells of each call what became of it, once", async () => {
    await propose(`read ${newName()}`);
    await propose(`breaks ${newName()}`);
    await propose(`wipe ${newName()}`);
    await decide(await propose(`pay ${newName()} 5`), { type: "approve" });
    await decide(await propose(`pay ${newName()} 6`), { type: "edit", args: { id: newName(), amount: 1 } });
    await decide(await propose(`pay ${newName()} 7`), { type: "reject", reason: "No." });
    await decide(await propose(`pay ${newName()} 8`), { type: "respond", message: "It was paid in cash." });
    await propose(`pay ${newName()} 9`);
    const late = await propose(`pay ${newName()} 10`);
    await at.runtime.db.pool.query(
      "update holdpoint.reviews set expires_at = now() - interval '1 millisecond' where thread_id = $1",
      [late],
    );
    await expect.poll(async () => (await report()).calls.total.became.expired).toBe(1);
    const takenBack = await propose(`pay ${newName()} 11`);
    const { items } = await at.runtime.reviews.list("default", {
      threadId: takenBack,
      status: "open",
      limit: 1,
    });
    const its = `${at.url}/reviews/${items[0]?.id}/decision`;
    await request(its, { body: { type: "approve", argsHash: items[0]?.argsHash, undo: true } });
    expect((await request(its, { method: "DELETE" })).status).toBe(200);
    const withdrawn = await propose(`pay ${newName()} 12`);
    await at.runtime.withdrawHolds(
      { id: "local", kind: "person", roles: ["*"], tenant: "default" },
      withdrawn,
    );
    const approval = await request(`${at.url}/standing-approvals`, {
      body: {
        tool: "pay",
        maxCount: 1,
        until: new Date(Date.now() + 3_600_000).toISOString(),
        reason: "One more.",
      },
    });
    expect(approval.body["id"]).toBeTypeOf("string");
    await propose(`pay ${newName()} 13`);
    await expect.poll(async () => (await report()).calls.total.became.inAdvance).toBe(1);

    const { calls, decisions, events } = await report();
    const pay = calls.byTool.find(({ tool }) => tool === "pay");
    expect(pay).toMatchObject({
      agent: "support",
      calls: 9,
      became: {
        approved: 1,
        edited: 1,
        rejected: 1,
        answered: 1,
        expired: 1,
        withdrawn: 1,
        waiting: 2,
        inAdvance: 1,
        unasked: 0,
      },
      attempted: 3,
      ended: { succeeded: 3 },
      seen: { count: 4, of: 9 },
    });
    expect(calls.byTool.map(({ tool }) => tool)).toEqual(["breaks", "pay", "read", "wipe"]);
    expect(calls.total).toMatchObject({
      calls: 12,
      became: { unasked: 2, forbidden: 1 },
      attempted: 5,
      ended: { succeeded: 4, failed: 1, unknown: 0, claimed: 0 },
    });
    expect(decisions).toMatchObject({
      approve: 1,
      edit: 1,
      reject: 1,
      respond: 1,
      corrected: { count: 2, of: 3 },
      people: 1,
      busiest: { count: 4, of: 4 },
    });
    expect(decisions.medianSeconds).toBeGreaterThan(0);
    expect(decisions.p90Seconds).toBeGreaterThanOrEqual(decisions.medianSeconds ?? 0);
    expect(events).toMatchObject({ expired: 1, undone: 1, escalated: 0, complaints: 0, stops: 0 });
  });

  it("tells nothing of what came before or after the period, and refuses one that ends before it begins", async () => {
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await report(`since=${encodeURIComponent(later)}`)).calls.total.calls).toBe(0);
    expect((await report(`until=${encodeURIComponent(begin)}`)).calls.total.calls).toBe(0);
    const wrong = await request(`${at.url}/report?since=${later}&until=${begin}`);
    expect([wrong.status, wrong.body["detail"]]).toEqual([
      422,
      expect.stringContaining("ends after it begins"),
    ]);
  });

  it("a change of the policy is no call and no decision on one; from when to when each was in force is told", async () => {
    const before = await report();
    const replaced = await at.runtime.changes.reload(policy.replace("30s", "20s"));
    const review = await at.runtime.reviews.find(
      "default",
      (replaced.ok && replaced.proposed?.reviewId) || expect.fail("Nothing was proposed."),
    );
    const { status } = await request(`${at.url}/reviews/${review?.id}/decision`, {
      body: { type: "approve", argsHash: review?.argsHash },
    });
    expect(status).toBe(200);
    await expect.poll(async () => (await report()).policies.length).toBe(2);
    const after = await report();
    expect({ ...after.calls, ...after.decisions }).toEqual({ ...before.calls, ...before.decisions });
    expect(after.policies.map(({ until }) => until)).toEqual([after.policies[1]?.since, null]);
  });

  it("is printed in words, whose lines add up, or as JSON", async () => {
    const command = commands.find(({ name }) => name === "report");
    const typed = capturingTerminal({ HOLDPOINT_URL: at.url });
    expect(await command?.run(["--since", begin], typed)).toBe(0);
    const lines = typed.said.out.split("\n").map((line) => line.trim().split(/\s{2,}/));
    const numbers = (name: string): number[] =>
      lines.find((cells) => cells.includes(name))?.flatMap((cell) => (/^\d+$/.test(cell) ? [+cell] : [])) ??
      [];
    for (const name of ["pay", "read", "all"]) {
      const [calls = 0, ...became] = numbers(name);
      expect(became.reduce((sum, one) => sum + one, 0)).toBe(calls);
    }
    expect(typed.said.out).toContain("Decided by people: 4 of 12 (33.3 %");
    expect(typed.said.out).toContain("Attempted: 5. 4 succeeded, 1 failed, 0 unknown, 0 at work.");
    expect(typed.said.out).toContain("Corrected: 2 of 3");

    const json = capturingTerminal({ HOLDPOINT_URL: at.url });
    await command?.run(["--since", begin, "--json"], json);
    expect(reportSchema.parse(JSON.parse(json.said.out)).calls.total.calls).toBe(12);
    await expect(command?.run(["--since", "soon"], json)).rejects.toThrow("takes a time");
  });
});
