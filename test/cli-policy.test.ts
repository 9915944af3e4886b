// The life of a policy on the command line, as real processes that ask a real server.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { z } from "zod";
import { defineTool, defineValidator } from "../src/index.js";
import { explanationSchema, policySourceSchema, policyVersionListSchema } from "../src/http/contract.js";
import { assess } from "../src/policies/assess.js";
import { resultFrom } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import { asked } from "../src/policies/explain.js";
import { testDatabase } from "./support/database.js";
import { request, say, serve, type Served } from "./support/http.js";
import { obedient } from "./support/agent.js";
import { scriptedModel } from "../src/index.js";

const cli = fileURLToPath(new URL("../dist/src/cli.js", import.meta.url));

const policy = `# In force.
tools: { pay: { level: high, amount: args.amount, currency: EUR } }
facts: { order: { tool: look_up, key: args.id } }
rules:
  - { id: only-open, when: "tool == 'pay' && facts.order[args.id].status != 'open'", tier: lead, reason: Not open. }
  - { id: late, when: "tool == 'pay' && now > timestamp('2999-01-01T00:00:00Z')", verdict: deny }
  - { id: no-yes, when: "tool == 'pay' && !user.last.mentions('yes')", reason: Nobody agreed. }
  - { id: no-swearing, when: "tool == 'reply' && args.text.contains('damn')", tier: lead }
tiers: { clerk: { roles: [clerk] }, lead: { roles: [lead] } }
`;
const candidate = policy.replace("tier: lead, reason: Not open.", "verdict: deny, reason: Not open.");

let at: Served;
let home: string;
let thread: string;
beforeAll(async () => {
  const args = z.object({ id: z.string(), amount: z.number().optional() });
  const database = await testDatabase();
  at = await serve(database, {
    model: scriptedModel("obedient", obedient),
    policy,
    tools: [
      defineTool({
        name: "look_up",
        description: "Looks an order up.",
        args,
        annotations: { readOnlyHint: true },
        run: () => '{"status": "shipped"}',
      }),
      defineTool({
        name: "pay",
        description: "Pays.",
        args,
        reversibility: "compensable",
        run: () => "paid",
      }),
    ],
    validators: [
      defineValidator({
        name: "round-sums",
        tools: ["pay"],
        check: ({ call }) =>
          call.args["amount"] === 10 ? { verdict: "hold", reason: "A round sum.", tier: "lead" } : null,
      }),
    ],
  });
  home = await mkdtemp(join(tmpdir(), "holdpoint-policy-"));
  await writeFile(join(home, "candidate.yaml"), candidate);
  ({ thread_id: thread } = await at.client.threads.create());
  await at.client.runs.wait(thread, "support", say("look_up A1; pay A1 20 yes"));
  const { items } = await at.runtime.reviews.list("default", { threadId: thread, limit: 5 });
  expect(items).toHaveLength(1);
});
afterAll(async () => {
  await at.stop();
  await rm(home, { recursive: true, force: true });
});

async function holdpoint(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: home,
    env: { PATH: process.env["PATH"], HOLDPOINT_URL: at.url },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...said };
}

async function paidAction(): Promise<string> {
  const rows = await at.runtime.db.once<{ action_id: string }>(
    { tenant: "default" },
    "select action_id from holdpoint.actions where tool = 'pay' limit 1",
  );
  return rows[0]?.action_id ?? "";
}

describe("holdpoint policy explain", () => {
  it("tells of a call every rule that was asked, what it said, and what is known", async () => {
    const { code, out, err } = await holdpoint(
      "policy",
      "explain",
      "pay",
      '{"id": "A1", "amount": 10}',
      "--thread",
      thread,
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain('pay {"id":"A1","amount":10}, a call of the agent support');
    expect(out).toContain("It waits for lead to look at it. Level high");
    expect(out).toMatch(/^only-open +hold for lead +matches: Not open\.$/m);
    expect(out).toMatch(/^late +deny +does not match$/m);
    expect(out).toMatch(/^no-yes +hold for clerk +does not match$/m);
    expect(out).toMatch(/^round-sums \(validator\) +hold for lead +matches: A round sum\.$/m);
    expect(out).toContain('facts.order  {"A1":{"status":"shipped"}}');
    expect(out).toContain('user.words  ["look_up A1; pay A1 20 yes"]');
    expect(out).toMatch(/^ {2}now {2}20\d\d-/m);
    expect(out).toContain("The tool is declared compensable, blind.");
    expect(out).toContain('The policy says of it: {"level":"high","amount":"args.amount","currency":"EUR"}');
  });

  it("says line by line what is wrong with the arguments", async () => {
    const { out } = await holdpoint("policy", "explain", "pay", '{"id": 1, "amount": "x"}');
    expect(out).toMatch(/^ {2}arguments-invalid: .*\n {2}.*at id\n/m);
    expect(out).not.toContain("\\u000a");
  });

  it("judges by no thread that is not there", async () => {
    const { code, err } = await holdpoint("policy", "explain", "pay", '{"id": "A1"}', "--thread", "nowhere");
    expect({ code, err }).toEqual({ code: 1, err: "There is no thread nowhere.\n" });
  });

  it("says why a rule could not be decided, and that it holds", async () => {
    const { out } = await holdpoint("policy", "explain", "pay", '{"id": "A2"}');
    expect(out).toMatch(/^only-open .*cannot be decided, so it holds: .*is missing/m);
    expect(out).toMatch(/^no-yes .*cannot be decided/m);
  });

  it("judges a call on record by what could be known then, under another policy too", async () => {
    const id = await paidAction();
    const told = await holdpoint("policy", "explain", "--action", id, "--json");
    const explained = explanationSchema.parse(JSON.parse(told.out));
    expect(explained.recorded).toMatchObject({ ...explained.judgement });
    // The look-up ran after the call was judged: then it was not known.
    expect(explained.known.facts).toEqual({ order: {} });
    expect(explained.asked.find(({ id: rule }) => rule === "only-open")?.said.kind).toBe("undecided");
    const other = await holdpoint("policy", "explain", "--policy", "candidate.yaml", "--action", id);
    expect(other.out).toContain("When it was proposed");
    expect(other.out).toMatch(/^only-open +deny +cannot be decided/m);
  });

  it("asks of an answer only the rules about answers, and names the others", async () => {
    const { body } = await request(`${at.url}/policies/explain`, {
      body: { tool: "reply", args: { text: "damn" } },
    });
    expect(body).toMatchObject({
      judgement: { route: "review", tier: "lead" },
      asked: [{ id: "no-swearing", said: { kind: "matched" } }],
      notAsked: ["only-open", "late", "no-yes"],
    });
  });

  it("what cannot be explained is refused in words", async () => {
    expect(await holdpoint("policy", "explain", "pay")).toMatchObject({ code: 2 });
    expect(await holdpoint("policy", "explain", "pay", "[1]")).toMatchObject({ code: 2 });
    expect(await holdpoint("policy", "explain", "pay", "{}", "--action", "x")).toMatchObject({ code: 2 });
    expect(await holdpoint("policy", "explain", "--action", "x")).toMatchObject({
      code: 1,
      err: "There is no call x on record.\n",
    });
    expect(await holdpoint("policy", "explain", "pay", "{}", "--agent", "nobody")).toMatchObject({ code: 1 });
    await writeFile(join(home, "wrong.yaml"), "rules: [{ id: a }]");
    expect(await holdpoint("policy", "explain", "--policy", "wrong.yaml", "pay", "{}")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^wrong\.yaml:1:\d+: "when" is missing/) as string,
    });
    const nobodys = await holdpoint("policy", "explain", "fly", "{}");
    expect(nobodys.out).toContain("It is refused, and nobody is asked.");
    expect(nobodys.out).toContain("No agent here has a tool fly.");
  });
});

describe("holdpoint policy replay", () => {
  it("counts what a candidate changes, who waits for whom, and lists the calls", async () => {
    const same = await holdpoint("policy", "replay");
    expect(same).toMatchObject({ code: 0 });
    expect(same.out).toMatch(
      /^100\.0 % of 2 calls keep their verdict \(2 word by word, 0 for other reasons\); 0 change\.$/m,
    );
    const text = candidate.replace("tool == 'pay' && facts.order[args.id].status != 'open'", "tool == 'pay'");
    await writeFile(join(home, "stricter.yaml"), text);
    const stricter = await holdpoint("policy", "replay", "stricter.yaml");
    expect(stricter.code).toBe(0);
    expect(stricter.out).toMatch(/^50\.0 % of 2 calls keep their verdict/m);
    expect(stricter.out).toMatch(/^Waiting for a person: 50\.0 % before, 0\.0 % after\.$/m);
    expect(stricter.out).toMatch(/^ +1 +review by lead, high +refuse, high$/m);
    expect(stricter.out).toMatch(/^lead +1 +0$/m);
    expect(stricter.out).toContain(`holdpoint policy explain --action ${await paidAction()}`);
    expect(stricter.err).toContain("2 of 2 calls");
    const none = await holdpoint("policy", "replay", "stricter.yaml", "--since", "2999-01-01");
    expect(none.out).toBe("No call on record could be judged.\n");
  });
});

describe("holdpoint policy versions", () => {
  it("lists what was in force, since when and by whom, and prints a source", async () => {
    const before = loadPolicy(policy, "p").version;
    const after = loadPolicy(candidate, "p").version;
    const replaced = await at.runtime.changes.reload(candidate, "the-file.yaml");
    expect(replaced).toMatchObject({ ok: true });
    const { out } = await holdpoint("policy", "versions");
    expect(out).toMatch(new RegExp(`^${after.slice(0, 12)} +support +\\S+ +in force +the-file\\.yaml$`, "m"));
    expect(out).toMatch(new RegExp(`^${before.slice(0, 12)} +support +\\S+ +20\\S+ +start$`, "m"));
    expect((await holdpoint("policy", "versions", before.slice(0, 8))).out).toBe(policy);
    const listed = policyVersionListSchema.parse((await request(`${at.url}/policies?limit=1`)).body);
    expect(listed.items).toMatchObject([{ version: after, terms: [{ agent: "support", until: null }] }]);
    const next = policyVersionListSchema.parse(
      (await request(`${at.url}/policies?limit=1&after=${listed.next ?? ""}`)).body,
    );
    expect(next.items).toMatchObject([{ version: before }]);
    const one = policySourceSchema.parse((await request(`${at.url}/policies/${before}`)).body);
    expect(one).toMatchObject({ source: policy, version: before });
    expect(await request(`${at.url}/policies/00000000`)).toMatchObject({ status: 404 });
    expect(await request(`${at.url}/policies/nonsense`)).toMatchObject({ status: 404 });
    // Files and versions on record are compared alike.
    const difference = await holdpoint("policy", "diff", before.slice(0, 8), "candidate.yaml");
    expect(difference).toMatchObject({
      code: 0,
      out: "The rule only-open changes: verdict was hold and is now deny; tier was lead and is no longer said.\n",
    });
    expect(await holdpoint("policy", "diff", after, "candidate.yaml")).toMatchObject({
      code: 0,
      out: `Both are the version ${after}.\n`,
    });
    // The same text again begins no new term.
    await at.runtime.changes.reload(candidate, "again.yaml");
    expect((await holdpoint("policy", "versions")).out).not.toContain("again.yaml");
  });
});

it("an explanation names the rules that the judgement rests on, whatever the call", () => {
  const loaded = loadPolicy(policy, "p");
  const values = fc.record({
    tool: fc.constantFrom("pay", "look_up", "reply"),
    args: fc.record(
      { id: fc.constantFrom("A1", "A2"), text: fc.constantFrom("damn", "fine") },
      { requiredKeys: [] },
    ),
    words: fc.constantFrom(null, ["yes"], ["no"]),
    now: fc.constantFrom(null, new Date(), new Date("3000-01-01T00:00:00Z")),
    status: fc.constantFrom("open", "shipped"),
  });
  fc.assert(
    fc.property(values, ({ tool, args, words, now, status }) => {
      const facts = {
        tool,
        args,
        argsHash: "",
        declared: { reversibility: "reversible", effect: "blind", readOnly: false } as const,
        context: {},
        evidence: { results: [resultFrom("look_up", { id: "A1" }, JSON.stringify({ status }))], words, now },
        flags: [],
      };
      const spoke = asked(loaded, facts).filter(({ said }) => said.kind !== "not-matched");
      const denying = spoke.filter(({ verdict, said }) => verdict === "deny" && said.kind === "matched");
      const resting = denying.length > 0 ? denying : spoke;
      expect(assess(loaded, facts).reasons.map(({ rule }) => rule)).toEqual(resting.map(({ id }) => id));
    }),
  );
});
