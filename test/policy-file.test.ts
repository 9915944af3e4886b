import { describe, expect, test } from "vitest";
import { HoldpointError } from "../src/kernel/errors.js";
import { guidelinesFor, questionsFor, rejectReasonsFor } from "../src/policies/asks.js";
import { emptyPolicy, loadPolicy } from "../src/policies/load-policy.js";
import { onePerson } from "../src/policies/panel.js";
import { createPolicySource } from "../src/policies/policy-source.js";

const support = `
tools:
  issue_refund: { reversibility: irreversible, effect: keyed, amount: args.amount, currency: EUR }
default: { tier: team-member }   # who releases what is held without a rule
rules:
  - { id: big-refund, when: "tool == 'issue_refund' && args.amount > 1000", tier: domain-expert }
  - { id: no-test-accounts, when: "args.customer.startsWith('test-')", verdict: deny, reason: "Never for test accounts." }
  - { id: small-tags, when: "tool == 'tag_ticket'", verdict: allow }
tiers:
  team-member: { roles: [support] }
  domain-expert: { roles: [risk] }
`;

describe("a policy file", () => {
  test("loads into tools, rules and a ladder", () => {
    const policy = loadPolicy(support, "policy.yaml");
    expect(policy.tools.get("issue_refund")).toMatchObject({
      reversibility: "irreversible",
      effect: "keyed",
      level: null,
      currency: "EUR",
    });
    expect(policy.rules.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["big-refund", "hold"],
      ["no-test-accounts", "deny"],
      ["small-tags", "allow"],
    ]);
    expect(policy.tiers).toEqual([
      { name: "team-member", roles: ["support"], deadline: null, panel: onePerson },
      { name: "domain-expert", roles: ["risk"], deadline: null, panel: onePerson },
    ]);
    expect(policy.defaultTier).toBe("team-member");
  });

  test("gives a rule without a reason one that names the rule", () => {
    const [hold, , allow] = loadPolicy(support, "policy.yaml").rules;
    expect(hold?.reason).toContain("big-refund");
    expect(allow?.reason).toContain("small-tags");
  });

  test("that says it has nothing has one tier of reviewers and no rules", () => {
    for (const text of ["rules: []", "{}", "rules:\ntools:\n", "tiers: {}\n"]) {
      const policy = loadPolicy(text, "policy.yaml");
      expect(policy.tiers).toEqual([
        { name: "reviewer", roles: ["reviewer"], deadline: null, panel: onePerson },
      ]);
      expect(policy.defaultTier).toBe("reviewer");
      expect(policy.rules).toEqual([]);
    }
    expect(emptyPolicy()).toEqual(loadPolicy("{}", "policy.yaml"));
  });

  test("without a default releases by its lowest tier", () => {
    const policy = loadPolicy("tiers: { lead: { roles: [lead] }, boss: { roles: [boss] } }", "policy.yaml");
    expect(policy.defaultTier).toBe("lead");
  });

  test("says how long a decision may be taken back; without a word, not at all", () => {
    expect(loadPolicy("undo: 10s", "policy.yaml").undoMs).toBe(10_000);
    expect(loadPolicy("undo: 1m", "policy.yaml").undoMs).toBe(60_000);
    expect(loadPolicy(support, "policy.yaml").undoMs).toBeNull();
  });

  test("tells whoever decides how, what to answer first, and words to refuse with: of the rules that spoke", () => {
    const policy = loadPolicy(
      `
tools: { pay: { reject_reasons: [Paid already.] } }
reject_reasons: [Not ours., Paid already.]
rules:
  - { id: a, when: 'true', guideline: Look twice., questions: [Who asked?, Which order?] }
  - { id: b, when: 'true', guideline: { text: See there., link: "https://example.com/b" }, questions: [Who asked?] }
  - { id: c, when: 'true', questions: [Why?] }
`,
      "policy.yaml",
    );
    const spoke = [
      { rule: "irreversible", text: "" },
      { rule: "b", text: "" },
      { rule: "a", text: "" },
      { rule: "gone-by-now", text: "" },
    ];
    expect(questionsFor(policy, spoke)).toEqual(["Who asked?", "Which order?"]);
    expect(guidelinesFor(policy, spoke)).toEqual([
      { rule: "a", guideline: { text: "Look twice.", link: null } },
      { rule: "b", guideline: { text: "See there.", link: "https://example.com/b" } },
    ]);
    expect(rejectReasonsFor(policy, "pay")).toEqual(["Paid already.", "Not ours."]);
    expect(rejectReasonsFor(policy, "note")).toEqual(["Not ours.", "Paid already."]);
    expect([policy, ...policy.rules].every((part) => Object.isFrozen(part))).toBe(true);
  });

  test("may name a tool like a property of every object", () => {
    const policy = loadPolicy("tools: { constructor: { reversibility: reversible } }", "policy.yaml");
    expect(policy.tools.get("constructor")?.reversibility).toBe("reversible");
    expect(policy.tools.get("toString")).toBeUndefined();
  });
});

describe("the version of a policy", () => {
  const versionOf = (text: string) => loadPolicy(text, "policy.yaml").version;

  test("does not change with comments, spacing and the order of keys", () => {
    expect(versionOf("# a\nrules: [{ id: a, when: 'true' }]\ntools: { x: { level: low } }")).toBe(
      versionOf("tools:\n  x:\n    level: low\nrules:\n  - when: 'true'\n    id: a\n"),
    );
  });

  test("changes with the order of the tiers, which is the ladder", () => {
    expect(versionOf("tiers: { a: { roles: [a] }, b: { roles: [b] } }")).not.toBe(
      versionOf("tiers: { b: { roles: [b] }, a: { roles: [a] } }"),
    );
  });

  test("changes with a rule", () => {
    expect(versionOf("rules: [{ id: a, when: 'true' }]")).not.toBe(
      versionOf("rules: [{ id: a, when: 'false' }]"),
    );
  });
});

describe("the version of a policy", () => {
  test.each(["undo: 10s", "reject_reasons: [No.]", "tools: { t: { reject_reasons: [No.] } }"])(
    "changes with what it says to whoever decides: %s",
    (text) => {
      expect(loadPolicy(text, "policy.yaml").version).not.toBe(emptyPolicy().version);
    },
  );
});

describe("a policy file that was emptied is refused: it would take every rule out of force", () => {
  test.each([
    [""],
    ["\n\n"],
    ["# all of it is gone\n"],
    ["---\n"],
    ["---\n...\n"],
    ["\uFEFF"],
    ["null"],
    ["~ # gone"],
  ])("%j", (text) => {
    expect(problemLines(text)).toEqual([expect.stringMatching(/^policy\.yaml:1:1: .*empty.*`rules: \[\]`/)]);
  });

  test("and the last good one stays in force", () => {
    const source = createPolicySource(loadPolicy(support, "policy.yaml"));
    expect(source.replace(() => loadPolicy("", "policy.yaml"))).toMatchObject({ ok: false });
    expect(source.current().rules).toHaveLength(3);
  });
});

// In these texts, § marks the character that the message points at; it is taken out before the text is loaded.
describe("a wrong policy file is refused, pointing at", () => {
  test.each([
    ["a quorum of nobody", "tiers:\n  a: { roles: [x], quorum: §0 }\n", /1 to 9/],
    ["a quorum of many", "tiers:\n  a: { roles: [x], quorum: §10 }\n", /1 to 9/],
    [
      "fewer voters than approvals",
      "tiers:\n  a: { roles: [x], quorum: 3, of: §2 }\n",
      /at least the quorum/,
    ],
    ["a veto where one decides", "tiers:\n  a: { roles: [x], §veto: [x] }\n", /every no ends it/],
    ["a veto without a vote", "tiers:\n  a: { roles: [x], quorum: 2, veto: [§y] }\n", /no vote here/],
    ["a blind vote of one", "tiers:\n  a: { roles: [x], §blind: true }\n", /One person decides/],
    ["a division of one", "tiers:\n  a: { roles: [x], §split: reject }\n", /nobody differs/],
    [
      "a division that leads down",
      "tiers:\n  a: { roles: [x] }\n  b: { roles: [x], quorum: 2, split: §a }\n",
      /not higher/,
    ],
    ["turns of one role", "tiers:\n  a: { roles: [x], §in_turn: true }\n", /two to nine/],
    [
      "turns with a quorum",
      "tiers:\n  a: { roles: [x, y], in_turn: true, quorum: §3 }\n",
      /leave `quorum` out/,
    ],
    ["turns with more voters", "tiers:\n  a: { roles: [x, y], in_turn: true, of: §3 }\n", /leave `of` out/],
    ["a limit for nobody", "limits:\n  - §{ currency: EUR, up_to: 5 }\n", /roles.*person/],
    [
      "a limit that is no amount",
      "tools: { t: { amount: args.a, currency: EUR } }\nlimits:\n  - { roles: [x], currency: EUR, up_to: §much }\n",
      /unlimited/,
    ],
    [
      "a limit in no tool's currency",
      "limits:\n  - { roles: [x], currency: §EUR, up_to: 5 }\n",
      /No tool has an amount in EUR/,
    ],
    [
      "a limit on a tool without amounts",
      "tools: { t: { amount: args.a, currency: EUR } }\nlimits:\n  - { roles: [x], currency: EUR, up_to: 5, tools: [§u] }\n",
      /u has no amount/,
    ],
    [
      "an amount without its currency beside limits",
      "tools: { t: { §amount: args.a } }\nlimits:\n  - { roles: [x], currency: EUR, up_to: 5, tools: [t] }\n",
      /needs its currency/,
    ],
    ["blind turns", "tiers:\n  a: { roles: [x, y], in_turn: true, §blind: true }\n", /nothing is blind/],
    ["what follows no deadline", "tiers:\n  a: { roles: [x], §then: reject }\n", /Without `respond`/],
    ["a share of cases that is no range", "routing: { target: §0.05 }", /0\.05\.\.0\.15/],
    ["an unknown key of a rule", "rules:\n  - { id: a, when: 'true', §wen: x }", /wen.*id, when, verdict/],
    ["an unknown key of a tool", "tools:\n  t:\n    §reversable: yes\n", /reversable.*reversibility/],
    ["an unknown section", "§rulez: []", /rulez.*tools, default, rules, tiers/],
    ["a missing key", "rules:\n  - §{ id: a }", /"when" is missing/],
    ["nothing after a key", "rules:\n  - { id: a, when: §null }", /Nothing is written for "when"/],
    ["a tier that does not exist", "rules:\n  - { id: a, when: 'true', tier: §boss }", /boss.*reviewer/],
    ["a default that does not exist", "default: { tier: §boss }", /no tier "boss"/],
    ["a doubled id", "rules:\n  - { id: a, when: 'true' }\n  - { id: §a, when: 'true' }", /two rules "a"/],
    ["an id of a built-in check", "rules:\n  - { id: §irreversible, when: 'true' }", /taken/],
    ["an id in capitals", "rules:\n  - { id: §BigRefund, when: 'true' }", /kebab-case/],
    [
      "a tier of a deny rule",
      "rules: [{ id: a, when: 'true', verdict: deny, §tier: reviewer }]",
      /asks nobody/,
    ],
    [
      "a tier of an allow rule",
      "rules: [{ id: a, when: 'true', verdict: allow, §tier: reviewer }]",
      /asks nobody/,
    ],
    ["an unknown verdict", "rules:\n  - { id: a, when: 'true', verdict: §maybe }", /hold/],
    ["an unknown level", "tools: { t: { level: §extreme } }", /critical/],
    ["a tier without roles", "tiers: { a: { roles: §[] } }", /nobody/],
    ["a tier in capitals", "tiers: { §A: { roles: [x] } }", /kebab-case/],
    ["a section of the wrong kind", "rules: §5", /array/],
    ["a rule of the wrong kind", "rules: [§5]", /object/],
    ["a file that is a list", "§- a", /object/],
    ["an anchor", "default: { tier: &x §reviewer }", /Anchors/],
    ["a doubled key", "rules: []\n§rules: []", /unique/],
    ["a merge key", "tools: { §<<: {} }", /refused/],
    ["a prototype key", "tools: { §__proto__: { reversibility: reversible } }", /refused/],
    ["a key that is a list", "tools: { §[a]: {} }", /string/],
    ["an unknown tag", "default: §!secret { tier: reviewer }", /tag/],
    ["a second document", "rules: []\n§---\nrules: []", /documents/],
    ["another YAML", "§%YAML 1.1\n---\nrules: []", /1\.2/],
    ["a guideline that says nothing", "rules: [{ id: a, when: 'true', guideline: §{} }]", /a text, a link/],
    ["a link that is none", "rules: [{ id: a, when: 'true', guideline: { link: §nowhere } }]", /web address/],
    [
      "a link that runs",
      "rules: [{ id: a, when: 'true', guideline: { link: '§javascript:alert(1)' } }]",
      /web address/,
    ],
    [
      "a key of a guideline",
      "rules: [{ id: a, when: 'true', guideline: { text: a, §url: x } }]",
      /url.*text, link/,
    ],
    ["six questions", "rules: [{ id: a, when: 'true', questions: §[a, b, c, d, e, f] }]", /at most five/],
    ["a doubled question", "rules: [{ id: a, when: 'true', questions: §[Why?, Why?] }]", /twice/],
    ["an empty question", "rules: [{ id: a, when: 'true', questions: ['§'] }]", /asks something/],
    [
      "questions of an allow rule",
      "rules: [{ id: a, when: 'true', verdict: allow, §questions: [Why?] }]",
      /nobody answers/,
    ],
    [
      "a guideline of a deny rule",
      "rules: [{ id: a, when: 'true', verdict: deny, §guideline: No. }]",
      /nobody reads/,
    ],
    ["an undo that is no duration", "undo: §10", /string/],
    ["an undo without a unit", "undo: '§10'", /10s/],
    ["an undo that holds everything up", "undo: §2m", /60s/],
    ["ten reasons to reject", "reject_reasons: §[a, b, c, d, e, f, g, h, i, j]", /at most nine/],
    ["an empty reason to reject", "tools: { t: { reject_reasons: ['§'] } }", /to the agent/],
    ["a tool's name of letters that look alike", "tools: { §p\u0430y: {} }", /"p<U\+0430>y"/],
    ["a tool's name with what nobody sees", 'tools: { §"pay\\u200b": {} }', /"pay<U\+200B>"/],
    ["a tool's name with a space", "tools: { §pay me: {} }", /No tool can be called "pay me"/],
    [
      "a rule on a name of letters that look alike",
      "rules: [{ id: a, when: \"true && tool == §'p\u0430y'\" }]",
      /"p<U\+0430>y"/,
    ],
    ["a rule on a name that nobody sees whole", "rules: [{ id: a, when: \"§'pay\u200b' != tool\" }]", /200B/],
    ["a list with such a name", "rules: [{ id: a, when: \"tool in ['pay', §'\uff50ay']\" }]", /FF50/],
    ["a name that is escaped", "rules: [{ id: a, when: \"tool == §'p\\\\u0430y'\" }]", /0430/],
    ["half a surrogate pair", 'rules: [{ id: a, when: "true", reason: §"\\ud800" }]', /surrogate/],
  ])("%s", (_what, marked, message) => {
    const { text, marks } = unmarked(marked);
    const [first] = problemLines(text);
    expect(first).toMatch(message);
    expect(first).toContain(`policy.yaml:${marks[0]}: `);
  });

  test.each([
    ["rules:\n  - id: a\n    when: §tol == 'x'\n"],
    ["rules:\n  - id: a\n    when: tool == 'x' && §amont > 5\n"],
    [`rules: [{ id: a, when: "true && §tol == 'x'" }]`],
    [`rules: [{ id: a, when: 'tool == ''x'' && §tol == ''x''' }]`],
    [`rules: [{ id: a, when: "tool == \\"x\\" && §tol == 1" }]`],
    [`rules: [{ id: a, when: "tool == '\\u0041' && §tol == 1" }]`],
    [`rules: [{ id: a, when: "tool == 'x' &&§" }]`],
    ["rules:\n  - id: a\n    when: §>\n      tool == 'x' &&\n      tol == 'x'\n"],
    ["tools: { t: { amount: §arg.amount } }"],
  ])("the very character of an expression in %j", (marked) => {
    const { text, marks } = unmarked(marked);
    expect(problemLines(text)[0]).toContain(`policy.yaml:${marks[0]}: `);
  });

  test("all problems at once, in the order of the lines", () => {
    const { text, marks } = unmarked(`
rules:
  - { id: a, when: "§tol == 'x'", tier: §boss }
  - { id: §a, verdict: §maybe, when: "tool.§matches('a')" }
tiers:
  team: { roles: §[], §quora: 2 }
`);
    expect(problemLines(text).map((line) => line.split(": ")[0])).toEqual(
      marks.map((mark) => `policy.yaml:${mark}`),
    );
  });

  test("and tells programs what it tells people", () => {
    const error = refusalOf("undoo: 10s\nrulez: []");
    expect(error.details["problems"]).toEqual([
      { line: 1, col: 1, message: expect.stringContaining("undoo") },
      { line: 2, col: 1, message: expect.stringContaining("rulez") },
    ]);
  });

  test("nothing that floods the reader or the stack", () => {
    expect(problemLines("[".repeat(20_000)).length).toBeLessThanOrEqual(51);
    expect(problemLines(`rules: []\n#${"x".repeat(1_000_000)}`)[0]).toContain("1000000 is the most");
  });
});

describe("the policy in force", () => {
  const good = () => loadPolicy("rules: [{ id: a, when: 'true' }]", "policy.yaml");

  test("is replaced by one that loads", () => {
    const source = createPolicySource(emptyPolicy());
    expect(source.replace(good)).toMatchObject({ ok: true });
    expect(source.current().rules).toHaveLength(1);
  });

  test("stays the last good one when the next does not load", () => {
    const source = createPolicySource(good());
    const before = source.current();
    const outcome = source.replace(() => loadPolicy("rules: 5", "policy.yaml"));
    expect(outcome).toMatchObject({ ok: false, error: { code: "policy_invalid" } });
    expect(source.current()).toBe(before);
  });
});

function refusalOf(text: string): HoldpointError {
  try {
    loadPolicy(text, "policy.yaml");
  } catch (error) {
    if (error instanceof HoldpointError && error.code === "policy_invalid") return error;
    throw error;
  }
  throw new Error("The policy loaded.");
}

function problemLines(text: string): string[] {
  return refusalOf(text).message.split("\n");
}

function unmarked(marked: string): { text: string; marks: string[] } {
  const pieces = marked.split("§");
  const marks = pieces.slice(1).map((_piece, index) => {
    const lines = pieces
      .slice(0, index + 1)
      .join("")
      .split("\n");
    return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
  });
  return { text: pieces.join(""), marks };
}
