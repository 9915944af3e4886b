// Approving a class of calls in advance: each use is a decision on exact arguments, no bound is passed, and what does not
// fit waits as ever.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { z } from "zod";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands.js";
import { reviewSchema, standingListSchema, standingSchema, type Review } from "../src/http/contract.js";
import { defineTool } from "../src/index.js";
import type { Principal } from "../src/kernel/principal.js";
import type { RolesOfNow } from "../src/review/deputies.js";
import type { Policy } from "../src/policies/policy.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { propose } from "../src/review/propose.js";
import type { Approvals } from "../src/review/use-approvals.js";
import { openDatabase, type Database } from "../src/storage/database.js";
import {
  approvalsOn,
  listApprovals,
  makeApproval,
  revokeApproval,
  signApproval,
  type NewStandingApproval,
} from "../src/storage/standing-rows.js";
import { callOf, processWith, scopeOf } from "./support/below-graph.js";
import { testDatabase } from "./support/database.js";
import { serveDesk, type Desk, type Who } from "./support/people.js";
import { capturingTerminal } from "./support/terminal.js";

const policy = `
tools:
  pay: { amount: args.amount, currency: EUR }
rules:
  - { id: large, when: "tool == 'pay' && args.amount > 1000.0", tier: risk }
  - { id: asked, when: "tool == 'pay' && args.amount == 13.0", tier: support, questions: ["Is it so?"] }
  - { id: never, when: "tool == 'pay' && args.amount == 666.0", verdict: deny }
  - { id: broken, when: "tool == 'wipe' && args.missing == 1", tier: support }
default: { tier: support }
tiers:
  support: { roles: [support] }
  risk: { roles: [risk] }
`;
/** The office is open now, whenever that is, and the branch is closed for the day. */
const calendars = (): string => {
  const aroundNow = [-1, 0, 1].map((days) =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
  );
  return `calendars:
  office: { zone: UTC, from: "00:00", to: "24:00" }
  branch: { zone: UTC, from: "00:00", to: "24:00", closed: [${aroundNow.join(", ")}] }
`;
};
const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** A zone in which it is that hour now; these are named the other way round. */
function zoneAt(hour: number): string {
  const ahead = ((hour - new Date().getUTCHours() + 36) % 24) - 12;
  return `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}
const soon = () => new Date(Date.now() + 3_600_000);

describe("over HTTP", () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await serveDesk(await testDatabase(), { policy });
  });
  afterEach(async () => {
    await desk.at.runtime.changes.reload(policy);
    for (const { id } of await live())
      await desk.as.risk(`/standing-approvals/${id}/revoke`, { reason: "Over." });
  });
  afterAll(() => desk.at.stop());

  const live = async () =>
    standingListSchema.parse((await desk.as.ada("/standing-approvals?status=live")).body).items;
  const ask = (who: Who, more: object = {}) =>
    desk.as[who]("/standing-approvals", {
      tool: "pay",
      maxCount: 10,
      until: soon().toISOString(),
      reason: "Small ones.",
      ...more,
    });
  const make = async (more: object = {}, who: Who = "ada") =>
    standingSchema.parse((await ask(who, more)).body);
  const paid = async (words: string): Promise<Review> => {
    const { ids, threadId } = await desk.held(words);
    await desk.at.runtime.waitForThread("default", threadId);
    return reviewSchema.parse((await desk.as.ada(`/reviews/${ids[0] ?? ""}`)).body);
  };

  it("a call that fits runs at once, on a decision of its own that names the approval; the rest waits", async () => {
    const { id } = await make({ when: "args.amount <= 50.0", maxAmount: 80 });
    const name = randomUUID();
    const review = await paid(`pay ${name} 50`);
    expect(review).toMatchObject({
      status: "resumed",
      decision: {
        type: "approve",
        byApproval: id,
        decidedBy: { id: "key:ada" },
        argsHash: review.argsHash,
        seenHash: review.argsHash,
        reason: "Small ones.",
      },
    });
    expect(desk.effectsOf("pay", name)).toBe(1);
    expect(await live()).toMatchObject([
      { id, usedCount: 1, usedAmount: 50, maxAmount: 80, currency: "EUR" },
    ]);

    const [dear, over] = [randomUUID(), randomUUID()];
    expect((await paid(`pay ${dear} 51`)).status).toBe("open");
    expect((await paid(`pay ${over} 30.01`)).status).toBe("open");
    expect([desk.effectsOf("pay", dear), desk.effectsOf("pay", over)]).toEqual([0, 0]);
    // To the last cent, which floats would miss.
    expect((await paid(`pay ${randomUUID()} 29.9`)).status).toBe("resumed");
    expect((await paid(`pay ${randomUUID()} 0.1`)).status).toBe("resumed");
    expect((await paid(`pay ${randomUUID()} 0.01`)).status).toBe("open");
  });

  it.each([
    ["a higher tier", "pay ID 1001"],
    ["a rule that asks something", "pay ID 13"],
    ["a rule that throws", "wipe ID"],
    ["an amount below nothing", "pay ID -5"],
    ["no amount at all", "pay ID"],
    ["another tool", "mail ID Hello"],
  ])("does not fit: %s", async (_, words) => {
    await make({ maxAmount: 10_000 });
    await make({ tool: "wipe" });
    const name = randomUUID();
    expect(await paid(words.replace("ID", name))).toMatchObject({ status: "open", decision: null });
    expect(desk.at.effects.ran.filter(({ args }) => args["id"] === name)).toEqual([]);
  });

  it("does not fit: a repeat of what was done, and a condition that throws", async () => {
    await make();
    const name = randomUUID();
    const { threadId, ids } = await desk.held(`pay ${name} 5; pay ${name} 5`);
    await desk.at.runtime.waitForThread("default", threadId);
    const statuses = await Promise.all(
      ids.map(async (id) => reviewSchema.parse((await desk.as.ada(`/reviews/${id}`)).body).status),
    );
    expect(statuses.toSorted()).toEqual(["open", "resumed"]);
    expect(desk.effectsOf("pay", name)).toBe(1);

    await make({ tool: "mail", when: "args.urgent == true" });
    expect((await paid(`mail ${randomUUID()} Hello`)).status).toBe("open");
  });

  it("releases no call of a higher tier than it names, though who signed it might", async () => {
    await make({}, "risk");
    expect((await paid(`pay ${randomUUID()} 1001`)).status).toBe("open");
    await make({ tier: "risk" }, "risk");
    expect((await paid(`pay ${randomUUID()} 1001`)).status).toBe("resumed");
  });

  it("what is denied is refused, whatever was approved in advance", async () => {
    await make();
    const name = randomUUID();
    expect((await desk.held(`pay ${name} 666`)).ids).toEqual([]);
    expect(desk.effectsOf("pay", name)).toBe(0);
  });

  it("fits one conversation, one agent and one amount for each call only, where it says so", async () => {
    await make({ threadId: randomUUID() });
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
    expect((await ask("ada", { agent: "another" })).status).toBe(404);
    await make({ perCall: 5, agent: "support" });
    expect((await paid(`pay ${randomUUID()} 6`)).status).toBe("open");
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("resumed");
  });

  it("fits the hours it names, by the clock of the database, and only runs that its cron began", async () => {
    const weekday = new Intl.DateTimeFormat("en", { weekday: "short", timeZone: "Asia/Tokyo" })
      .format(new Date())
      .toLowerCase();
    const hours = (days: string[], from = "00:00", to = "24:00") => ({ zone: "Asia/Tokyo", days, from, to });
    await make({ hours: hours(everyDay.filter((day) => day !== weekday)) });
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
    await make({ hours: hours([weekday]) });
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("resumed");
    expect((await ask("ada", { hours: hours(everyDay, "12:00", "12:00") })).status).toBe(422);
    expect((await ask("ada", { hours: { ...hours(everyDay), zone: "Mars/Base" } })).status).toBe(422);
    expect((await ask("ada", { cron: randomUUID() })).status).toBe(404);
  });

  it.each<[string, number, string, string]>([
    ["in the night that began yesterday", 2, "yesterday", "today"],
    ["in the night that begins today", 22, "today", "yesterday"],
    ["at noon, in no night", 12, "never", "today"],
  ])("fits hours over midnight by the day they begin on: %s", async (_, hour, fitting, other) => {
    const zone = zoneAt(hour);
    const dayOf = (day: string) =>
      new Intl.DateTimeFormat("en", { weekday: "short", timeZone: zone })
        .format(Date.now() - (day === "yesterday" ? 86_400_000 : 0))
        .toLowerCase();
    const night = (day: string) => ({ hours: { zone, days: [dayOf(day)], from: "21:00", to: "06:00" } });
    await make(night(other));
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
    if (fitting === "never") return;
    await make(night(fitting));
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("resumed");
  });

  it("fits the hours of a calendar that the policy names: a day on which it is closed closes the approval", async () => {
    await desk.at.runtime.changes.reload(policy + calendars());
    expect(await make({ hours: "branch" })).toMatchObject({ hours: "branch", unfit: null });
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
    await make({ hours: "office" });
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("resumed");
  });

  it("fits nothing once the policy in force has lost its calendar, and says why; none is made for one that never was", async () => {
    await desk.at.runtime.changes.reload(policy + calendars());
    await make({ hours: "office" });
    const unknown = await ask("ada", { hours: "shop" });
    expect([unknown.status, unknown.body["detail"]]).toEqual([
      422,
      'hours: The policy has no calendar "shop". It has office, branch.',
    ]);
    await desk.at.runtime.changes.reload(policy);
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
    expect(await live()).toMatchObject([
      {
        hours: "office",
        unfit: 'The policy of support has no calendar "office" any more: none of its calls fits.',
      },
    ]);
    const typed = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.ada });
    await commands.find(({ name }) => name === "standing list")?.run([], typed);
    expect(typed.said.out).toContain('has no calendar "office" any more');
    expect((await ask("ada", { hours: "office" })).body["detail"]).toContain("It has none: write it under");
    await desk.at.runtime.changes.reload(policy + calendars());
    expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("resumed");
  });

  describe("for a schedule", () => {
    const scheduled = async (name: string): Promise<string> => {
      desk.give("ben", ["support", "operator"]);
      const { body } = await desk.as.ben("/runs/crons", {
        assistant_id: "support",
        // Not while this runs: when it falls due is said below.
        schedule: "0 0 1 1 *",
        on_run_completed: "keep",
        input: { messages: [{ role: "user", content: `pay ${name} 5` }] },
      });
      return String(body["cron_id"]);
    };
    const fallsDue = (cron: string) =>
      desk.at.runtime.db.once(
        { tenant: "default" },
        "update holdpoint.crons set next_run_date = now() - interval '1 second' where cron_id = $1",
        [cron],
      );
    const gone = (cron: string) => desk.as.ben(`/runs/crons/${cron}`, undefined, { method: "DELETE" });
    /** What became of what a cron's run proposed, once that run is over. */
    const becameOf = async (name: string): Promise<string> => {
      const proposed = async () => {
        const { items } = await desk.at.runtime.reviews.list("default", { tool: "pay", limit: 200 });
        return items.find(({ args }) => args["id"] === name);
      };
      await expect.poll(proposed).toBeDefined();
      const { id, threadId } = (await proposed()) ?? expect.fail("nothing was proposed");
      await desk.at.runtime.waitForThread("default", threadId);
      return reviewSchema.parse((await desk.as.ada(`/reviews/${id}`)).body).status;
    };

    it("a cron's runs are released by an approval for them, and others are not", async () => {
      const name = randomUUID();
      const cron = await scheduled(name);
      await make({ cron });
      expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
      await fallsDue(cron);
      await expect.poll(() => desk.effectsOf("pay", name)).toBe(1);
      await gone(cron);
    });

    it.each<[string, number, boolean]>([
      ["inside its window runs", 22, true],
      ["after midnight, still inside, runs", 2, true],
      ["outside of it is held", 12, false],
    ])("with hours besides, a cron's run %s", async (_, hour, isInside) => {
      const name = randomUUID();
      const cron = await scheduled(name);
      await make({ cron, hours: { zone: zoneAt(hour), days: everyDay, from: "21:00", to: "06:00" } });
      expect((await paid(`pay ${randomUUID()} 5`)).status).toBe("open");
      await fallsDue(cron);
      expect(await becameOf(name)).toBe(isInside ? "resumed" : "open");
      expect(desk.effectsOf("pay", name)).toBe(isInside ? 1 : 0);
      await gone(cron);
    });

    it.each([
      ["opens", "office", "resumed"],
      ["closes", "branch", "open"],
    ])("with a calendar besides that %s on that day, its run is decided by it", async (_, hours, status) => {
      await desk.at.runtime.changes.reload(policy + calendars());
      const name = randomUUID();
      const cron = await scheduled(name);
      await make({ cron, hours });
      await fallsDue(cron);
      expect(await becameOf(name)).toBe(status);
      await gone(cron);
    });
  });

  it("is made by people with the roles of its tier, and by nobody else; and only for what can be bounded", async () => {
    const codes = async (who: Who, more: object = {}) => {
      const { status, body } = await ask(who, more);
      return [status, body["code"]];
    };
    expect(await codes("bot")).toEqual([403, "decision_forbidden"]);
    expect(await codes("guest")).toEqual([403, "access_forbidden"]);
    expect(await codes("ada", { tier: "risk" })).toEqual([403, "decision_forbidden"]);
    expect(await codes("ada", { tier: "nobody" })).toEqual([422, "request_invalid"]);
    expect(await codes("ada", { tool: "nothing" })).toEqual([404, "not_found"]);
    expect(await codes("ada", { tool: "mail", maxAmount: 5 })).toEqual([422, "request_invalid"]);
    expect(await codes("ada", { when: "args.amount <" })).toEqual([422, "request_invalid"]);
    expect(await codes("ada", { when: "user.last == 'x'" })).toEqual([422, "request_invalid"]);
    expect(await codes("ada", { until: new Date(Date.now() - 1).toISOString() })).toEqual([
      422,
      "request_invalid",
    ]);
    expect(await codes("ada", { until: "2099-01-01T00:00:00Z" })).toEqual([422, "request_invalid"]);
    expect(await codes("ada", { maxCount: 0 })).toEqual([422, "request_invalid"]);
    expect(await live()).toEqual([]);
  });

  it("is revoked at once, by who signed it or may decide such calls; what it released and nobody began waits again", async () => {
    desk.give("ben", ["support", "operator"]);
    const { id } = await make();
    const stop = await desk.as.ben("/stops", { kind: "tool", name: "pay", why: "Wait." });
    const name = randomUUID();
    const { ids, threadId } = await desk.held(`pay ${name} 5`);
    const read = async () => reviewSchema.parse((await desk.as.ada(`/reviews/${ids[0] ?? ""}`)).body);
    expect(await read()).toMatchObject({ status: "decided", decision: { byApproval: id } });

    expect((await desk.as.bot(`/standing-approvals/${id}/revoke`, { reason: "No." })).status).toBe(403);
    expect(
      (await desk.as.risk(`/standing-approvals/${id}/revoke`, { reason: "No more." })).body,
    ).toMatchObject({
      revoked: { by: { id: "key:risk" }, why: "No more." },
    });
    expect(await read()).toMatchObject({ status: "open", decision: null });
    expect((await desk.as.risk(`/standing-approvals/${id}/revoke`, { reason: "Again." })).body["code"]).toBe(
      "approval_over",
    );
    expect((await desk.as.ada(`/standing-approvals/${id}/sign`, undefined, { method: "POST" })).status).toBe(
      409,
    );
    await desk.as.ben(`/stops/${String(stop.body["id"])}/lift`, { why: "On." });
    await desk.at.runtime.waitForThread("default", threadId);
    expect(desk.effectsOf("pay", name)).toBe(0);
    const { argsHash } = await read();
    await desk.as.ada(`/reviews/${ids[0] ?? ""}/decision`, { type: "approve", argsHash });
    await expect.poll(() => desk.effectsOf("pay", name)).toBe(1);
  });

  it("says that somebody has to sign it whose signature counts, once who signed has lost the role", async () => {
    const { id, missing } = await make();
    expect(missing).toBe(0);
    desk.give("ada", ["sales"]);
    const seen = standingListSchema.parse((await desk.as.risk("/standing-approvals?status=live")).body).items;
    expect(seen).toMatchObject([{ id, missing: 1, maySign: true }]);
    const signed = await desk.as.risk(`/standing-approvals/${id}/sign`, undefined, { method: "POST" });
    expect(standingSchema.parse(signed.body)).toMatchObject({ missing: 0 });
    desk.give("ada", ["support"]);
  });

  it("is reached from the command line", async () => {
    const typed = async (...args: string[]) => {
      const command = commands.find(({ name }) => name === args.slice(0, 2).join(" "));
      const terminal = capturingTerminal({ HOLDPOINT_URL: desk.at.url, HOLDPOINT_API_KEY: desk.keys.ada });
      const code = await command?.run(args.slice(2), terminal);
      return { code, out: terminal.said.out };
    };
    const bounds = [
      "--count",
      "3",
      "--max-amount",
      "90",
      "--until",
      soon().toISOString(),
      "--reason",
      "Small.",
    ];
    const added = await typed("standing", "add", "pay", ...bounds, "--hours", "mon-sun 00:00-24:00 UTC");
    expect(added.out).toMatch(/^pay: 0 of 3 calls, 0 of 90 EUR, signed by key:ada, until /);
    const [, id = ""] = /standing revoke (\w+)/.exec(added.out) ?? [];
    expect((await paid(`pay ${randomUUID()} 40`)).status).toBe("resumed");
    expect((await typed("standing", "list")).out).toMatch(
      new RegExp(`${id} +pay +any +1 of 3, 40 of 90 EUR`),
    );
    expect((await typed("standing", "sign", id)).out).toContain("signed by key:ada,");
    expect((await typed("standing", "revoke", id, "--reason", "Done.")).out).toContain(
      "revoked by key:ada: Done.",
    );
    expect((await typed("standing", "list")).out).toBe("Nothing is approved in advance.\n");
    await expect(typed("standing", "add", "pay", "--count", "3")).rejects.toThrow(/reason/);
  });
});

describe("below the graph", () => {
  let db: Database;
  let other: Database;
  beforeAll(async () => {
    const url = await testDatabase();
    db = openDatabase({ url, roles: true, maxConnections: 20 });
    other = openDatabase({ url, roles: true, maxConnections: 20 });
  });
  afterAll(() => Promise.all([db.close(), other.close()]));

  const person = (id: string, roles: string[]): Principal => ({
    id,
    kind: "person",
    roles,
    tenant: "default",
  });
  const mara = person("mara", ["support"]);
  const rules = loadPolicy(policy, "policy.yaml");
  const made = (more: Partial<NewStandingApproval> = {}): NewStandingApproval => ({
    tool: "pay",
    agent: null,
    threadId: null,
    cronId: null,
    when: null,
    maxAmount: null,
    perCall: null,
    currency: "EUR",
    maxCount: 1_000,
    until: soon(),
    hours: null,
    tier: "support",
    reason: "Small ones.",
    ...more,
  });
  const processOn = async (
    over: Database,
    { ruling = rules, rolesOfNow = () => null }: { ruling?: Policy; rolesOfNow?: RolesOfNow } = {},
  ) => {
    const ran: { id: string; amount?: number }[] = [];
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      args: z.object({ id: z.string(), amount: z.number().optional() }),
      run: (args) => {
        ran.push(args as { id: string });
        return "paid";
      },
    });
    const { deps, ...rest } = await processWith(over, [pay], { over, policy: () => ruling });
    return { ...rest, ran, deps: { ...deps, approvals: approvalsOn(over, rolesOfNow, () => {}) } };
  };
  const pays = (amount: number) => ({ ...callOf(randomUUID()), args: { id: randomUUID(), amount } });
  const one = async (id: string) =>
    (await listApprovals(db, "default", { isLive: false, limit: 200 })).find((a) => a.id === id);

  it("revoked between its use and the claim, its decision releases nothing", async () => {
    const at = await processOn(db);
    const { id } = await makeApproval(db, mara, made());
    const scope = scopeOf(randomUUID());
    const call = pays(5);
    await propose(at.deps, scope, [call]);
    // The mark alone, as if the review had not been opened again with it: the claim itself looks.
    const mark =
      "update holdpoint.standing_approvals set revoked_at = now(), revoked_by = '{}' where approval_id = $1";
    await db.once({ tenant: "default" }, mark, [id]);
    expect((await at.act(scope, call)).kind).toBe("waiting");
    expect(at.ran).toEqual([]);
  });

  it.each([
    ["somebody has taken it", "claimed_by = '{\"id\": \"ada\"}', claimed_until = now() + interval '1 h'"],
    ["its time is over", "expires_at = now() - interval '1 ms'"],
  ])("is not used on a call once %s, and nothing of it is spent", async (_, so) => {
    const at = await processOn(db);
    const { id } = await makeApproval(db, mara, made());
    const scope = scopeOf(randomUUID());
    const call = pays(5);
    let uses = 0;
    const approvals: Approvals = {
      ...at.deps.approvals,
      async use(...asked) {
        uses += 1;
        const since = `update holdpoint.reviews set ${so} where thread_id = $1`;
        await db.once({ tenant: "default" }, since, [scope.threadId]);
        return at.deps.approvals.use(...asked);
      },
    };
    await propose({ ...at.deps, approvals }, scope, [call]);
    expect(uses).toBeGreaterThan(0);
    expect((await at.act(scope, call)).kind).toBe("waiting");
    expect(await one(id)).toMatchObject({ usedCount: 0 });
    await revokeApproval(db, mara, id, "Over.");
  });

  const tryOn = async (at: Awaited<ReturnType<typeof processOn>>, amount: number, by?: Principal) => {
    const scope = { ...scopeOf(randomUUID()), ...(by ? { principal: by } : {}) };
    const call = pays(amount);
    await propose(at.deps, scope, [call]);
    return (await at.act(scope, call)).kind;
  };

  it("where a tier asks for two people, it fits once two have signed who may, neither of them whoever asks", async () => {
    const ruling = loadPolicy(
      policy.replace("support: { roles: [support] }", "support: { roles: [support], quorum: 2 }"),
      "policy.yaml",
    );
    const at = await processOn(db, { ruling });
    const { id } = await makeApproval(db, mara, made());
    const tried = (by?: Principal) => tryOn(at, 5, by);
    expect(await tried()).toBe("waiting");
    expect(await signApproval(db, mara, id)).toBe(true);
    await signApproval(db, { ...mara, id: "key:mara-at-home", subject: "mara" }, id);
    expect(await tried()).toBe("waiting");
    await signApproval(db, person("otto", ["sales"]), id);
    expect(await tried()).toBe("waiting");
    await signApproval(db, person("ines", ["support"]), id);
    expect(await tried()).toBe("answered");
    expect(await tried(mara)).toBe("waiting");
    expect(await tried({ ...person("nightly", []), kind: "service", subject: "ines" })).toBe("waiting");
    await signApproval(db, person("jo", ["support"]), id);
    expect(await tried(mara)).toBe("answered");
    await revokeApproval(db, mara, id, "Over.");
  });

  const inTheSteadOf = (giver: string, by: Principal): Principal => ({
    ...by,
    onBehalfOf: { id: giver, subject: giver, roles: ["support"], ownRoles: [], deputyId: randomUUID() },
  });
  const [jo, ines, ann] = ["jo", "ines", "ann"].map((id) => person(id, ["support"])) as [
    Principal,
    Principal,
    Principal,
  ];

  it.each<[string, Principal, Principal]>([
    ["one of whom has the right of the other", mara, inTheSteadOf("mara", jo)],
    ["who have the right of a third", inTheSteadOf("mara", jo), inTheSteadOf("mara", ines)],
    ["one of whom has the right of who asks", mara, inTheSteadOf("ann", jo)],
  ])("two who signed are no two people, for its use and for the claim: %s", async (_, first, second) => {
    const ruling = loadPolicy(
      policy.replace("support: { roles: [support] }", "support: { roles: [support], quorum: 2 }"),
      "policy.yaml",
    );
    const at = await processOn(db, { ruling });
    const approval = await makeApproval(db, first, made());
    await signApproval(db, second, approval.id);
    const uses: string[] = [];
    const tried = async (signers: Principal[]) => {
      const approvals: Approvals = {
        live: () => Promise.resolve({ approvals: [{ ...approval, signers }], asker: ann, now: new Date() }),
        use: async (scope, used, call, fit) => {
          uses.push(call.actionId);
          return at.deps.approvals.use(scope, used, call, fit);
        },
      };
      const scope = { ...scopeOf(randomUUID()), principal: ann };
      const call = pays(5);
      await propose({ ...at.deps, approvals }, scope, [call]);
      return (await at.act(scope, call)).kind;
    };
    expect(await tried([first, second])).toBe("waiting");
    expect(uses).toEqual([]);
    // As if it had been read without who has whose right: the claim counts again.
    expect(await tried([mara, ines])).toBe("waiting");
    expect(uses).toHaveLength(1);
    expect(await one(approval.id)).toMatchObject({ usedCount: 1 });
    expect(at.ran).toEqual([]);
    await revokeApproval(db, mara, approval.id, "Over.");
  });

  it("a decision by it that enough people did not sign releases nothing, whoever wrote it", async () => {
    const ruling = loadPolicy(
      policy.replace("support: { roles: [support] }", "support: { roles: [support], quorum: 2 }"),
      "policy.yaml",
    );
    const at = await processOn(db, { ruling });
    const approval = await makeApproval(db, mara, made());
    const claimed = { ...approval, signers: [mara, person("ines", ["support"])] };
    const scope = scopeOf(randomUUID());
    const approvals = {
      ...at.deps.approvals,
      live: () => Promise.resolve({ approvals: [claimed], asker: scope.principal, now: new Date() }),
    };
    const call = pays(5);
    await propose({ ...at.deps, approvals }, scope, [call]);
    expect((await at.act(scope, call)).kind).toBe("waiting");
    expect(at.ran).toEqual([]);
    await revokeApproval(db, mara, approval.id, "Over.");
  });

  it("is never wider than what its signers may release themselves, now", async () => {
    const ruling = loadPolicy(
      `${policy}limits:\n  - { roles: [support], currency: EUR, up_to: 20 }\n  - { person: ines, currency: EUR, up_to: 100 }\n`,
      "policy.yaml",
    );
    let roles: readonly string[] | null = null;
    const rolesOfNow: RolesOfNow = (_, id) => (id === "mara" ? roles : null);
    const at = await processOn(db, { ruling, rolesOfNow });
    const { id } = await makeApproval(db, mara, made());
    expect(await tryOn(at, 21)).toBe("waiting");
    expect(await tryOn(at, 20)).toBe("answered");
    roles = ["sales"];
    expect(await tryOn(at, 20)).toBe("waiting");
    await signApproval(db, person("ines", ["support"]), id);
    expect(await tryOn(at, 100)).toBe("answered");
    expect(await tryOn(at, 101)).toBe("waiting");
    await revokeApproval(db, mara, id, "Over.");
  });

  it("comes before nobody's turn where roles decide in turn", async () => {
    const ruling = loadPolicy(
      policy.replace("support: { roles: [support] }", "support: { roles: [support, risk], in_turn: true }"),
      "policy.yaml",
    );
    const at = await processOn(db, { ruling });
    const both = person("both", ["support", "risk"]);
    const { id } = await makeApproval(db, both, made());
    await signApproval(db, mara, id);
    expect(await tryOn(at, 5)).toBe("waiting");
    await revokeApproval(db, both, id, "Over.");
  });

  it.each<[string, Partial<NewStandingApproval>]>([
    ["over", { until: new Date(Date.now() - 1_000) }],
    ["of another conversation", { threadId: "another" }],
    ["of another tool", { tool: "wipe" }],
    ["spent", { maxAmount: 4 }],
    ["of a cron", { cronId: randomUUID() }],
    ["of a calendar", { hours: "office" }],
  ])("one that is %s is not used, whatever was read of it before", async (_, really) => {
    const at = await processOn(db);
    const approval = await makeApproval(db, mara, made(really));
    const read = { ...approval, ...made({ maxAmount: 100 }) };
    const scope = scopeOf(randomUUID());
    const approvals = {
      ...at.deps.approvals,
      live: () => Promise.resolve({ approvals: [read], asker: scope.principal, now: new Date() }),
    };
    const call = pays(5);
    await propose({ ...at.deps, approvals }, scope, [call]);
    expect((await at.act(scope, call)).kind).toBe("waiting");
    await revokeApproval(db, mara, approval.id, "Over.");
  });

  describe("bounded by a calendar of the policy", () => {
    const ruling = loadPolicy(
      `${policy}calendars:
  office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00", holidays: { country: DE, state: BY } }
  night: { zone: Europe/Berlin, from: "02:00", to: "06:00" }
  evening: { zone: Europe/Berlin, from: "22:00", to: "02:30" }
`,
      "policy.yaml",
    );
    /** What becomes of a call at a moment, by a clock of the database that shows it. */
    const triedAt = async (hours: string, now: string, until = new Date("2090-01-01")) => {
      const at = await processOn(db, { ruling });
      const { id } = await makeApproval(db, mara, made({ hours, until }));
      const approvals: Approvals = {
        ...at.deps.approvals,
        live: async (scope, of) => ({ ...(await at.deps.approvals.live(scope, of)), now: new Date(now) }),
      };
      const scope = scopeOf(randomUUID());
      const call = pays(5);
      await propose({ ...at.deps, approvals }, scope, [call]);
      const { kind } = await at.act(scope, call);
      await revokeApproval(db, mara, id, "Over.");
      return kind;
    };

    it.each([
      ["on a working day", "office", "2081-12-23T10:00:00Z", "answered"],
      ["on a working day, when it has closed", "office", "2081-12-23T16:00:00Z", "waiting"],
      ["on a Saturday", "office", "2081-12-27T10:00:00Z", "waiting"],
      ["on a public holiday", "office", "2081-12-25T10:00:00Z", "waiting"],
      ["on one of that state alone", "office", "2081-01-06T10:00:00Z", "waiting"],
      [
        "before clocks that are put forward leave its first hour out",
        "night",
        "2081-03-30T00:59:59Z",
        "waiting",
      ],
      ["from when they are put forward", "night", "2081-03-30T01:00:00Z", "answered"],
      ["when its end is shown for the first time", "evening", "2081-10-26T00:30:00Z", "answered"],
      ["when its end is shown for the second time", "evening", "2081-10-26T01:30:00Z", "waiting"],
    ])("%s: %s at %s", async (_, hours, now, kind) => {
      expect(await triedAt(hours, now)).toBe(kind);
    });

    it("is not used once that has closed, however open it was when the call was judged", async () => {
      expect(await triedAt("office", "2021-01-05T10:00:00Z")).toBe("waiting");
    });
  });

  it("used up or over, it does not fit; another tenant's never does", async () => {
    const at = await processOn(db);
    const tried = async () => {
      const scope = scopeOf(randomUUID());
      const call = pays(5);
      await propose(at.deps, scope, [call]);
      return (await at.act(scope, call)).kind;
    };
    await makeApproval(db, { ...mara, tenant: "rival" }, made());
    await makeApproval(db, mara, made({ until: new Date(Date.now() - 1_000) }));
    expect(await tried()).toBe("waiting");
    await makeApproval(db, mara, made({ maxCount: 1 }));
    expect([await tried(), await tried()]).toEqual(["answered", "waiting"]);
  });

  // The last one: amounts that are usual after it say nothing of those of the others.
  it("32 calls at once, of two processes, never spend more than there is, in calls and in money", async () => {
    const processes = [await processOn(db), await processOn(other)];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 32, maxLength: 32 }),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 1, max: 9_000 }),
        async (cents, maxCount, budget) => {
          const { id } = await makeApproval(db, mara, made({ maxCount, maxAmount: budget / 100 }));
          const before = processes.map(({ ran }) => ran.length);
          await Promise.all(
            cents.map(async (amount, index) => {
              const at = processes[index % 2];
              if (!at) throw new Error("No process.");
              const scope = scopeOf(randomUUID());
              const call = pays(amount / 100);
              await propose(at.deps, scope, [call]);
              await at.act(scope, call);
            }),
          );
          const spent = processes.flatMap(({ ran }, index) => ran.slice(before[index]));
          const sum = Math.round(spent.reduce((all, { amount = 0 }) => all + amount * 100, 0));
          const after = await one(id);
          expect(spent.length).toBeLessThanOrEqual(maxCount);
          expect(sum).toBeLessThanOrEqual(budget);
          expect(after).toMatchObject({ usedCount: spent.length });
          expect(Math.round((after?.usedAmount ?? 0) * 100)).toBe(sum);
          const rows = await db.once<{ n: number }>(
            { tenant: "default" },
            `select count(*)::int as n from holdpoint.standing_uses u join holdpoint.decisions d using (decision_id)
             join holdpoint.executions e on e.action_id = d.action_id and e.args_hash = d.args_hash
             where u.approval_id = $1 and d.approval_id = $1 and d.type = 'approve'`,
            [id],
          );
          expect(rows[0]?.n).toBe(spent.length);
          await revokeApproval(db, mara, id, "Over.");
        },
      ),
      { numRuns: 6 },
    );
  });
});
