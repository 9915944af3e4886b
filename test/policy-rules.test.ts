import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/kernel/json.js";
import { compileCondition, compileNumber, type Evaluation } from "../src/policies/cel.js";
import { readFacts } from "../src/policies/readable-facts.js";

describe("a rule compares the numbers of JSON", () => {
  test.each([
    ["args.amount > 1000", { amount: 420 }, false],
    ["args.amount > 1000", { amount: 420.5 }, false],
    ["args.amount > 1000", { amount: 1000 }, false],
    ["args.amount > 1000", { amount: 1000.01 }, true],
    ["args.amount > 999.5", { amount: 1000 }, true],
    ["args.amount >= 1000 && args.amount <= 1000.0", { amount: 1000 }, true],
    ["args.amount == 1000", { amount: 1000 }, true],
    ["1000 == args.amount", { amount: 1000 }, true],
    ["args.amount != 1000", { amount: 1000 }, false],
    ["args.amount in [420, 1000]", { amount: 1000 }, true],
    ["1000 in args.amounts", { amounts: [1, 1000] }, true],
    ["args.amounts == [1, 1000]", { amounts: [1, 1000] }, true],
    ["args.amount > args.limit", { amount: 420.5, limit: 420 }, true],
    ["-args.amount < 0", { amount: 1 }, true],
    ["args.amounts[0] == 1 && size(args.amounts) == 2", { amounts: [1, 2] }, true],
  ])("%s with %j is %j", (when, args, value) => {
    expect(decide(when, args)).toEqual({ ok: true, value });
  });

  test.each([
    ["args.amount * 2 > 1000", { amount: 500.5 }],
    ["2 * args.amount > 1000", { amount: 501 }],
    ["args.amount + 1 > 1000", { amount: 1000 }],
    ["1000 - args.amount < 0", { amount: 1001 }],
    ["args.amount / 3 > 333", { amount: 1000 }],
    ["args.amount % 2 == 0", { amount: 1000 }],
    ["args.price * args.quantity > 1000", { price: 100.5, quantity: 10 }],
    ["number(args.amount) > 1000", { amount: "1000.50" }],
    ["number(args.amount) > 1000", { amount: 1000.5 }],
  ])("and computes with them: %s with %j", (when, args) => {
    expect(decide(when, args)).toEqual({ ok: true, value: true });
  });
});

describe("a rule reads a call", () => {
  test.each([
    ["tool == 'issue_refund'", true],
    ["tool in ['issue_refund', 'void_invoice']", true],
    ["args.customer.startsWith('test-')", true],
    ["args.customer.lowerAscii().contains('TEST') || args.urgent", true],
    ["has(args.note)", false],
    ["has(args.customer) && !has(args.note)", true],
    ["args.nothing == null", true],
    ["args.customer == null", false],
    ["'b' in args.tags", true],
    ["args.tags.exists(tag, tag == 'b')", true],
    ["args.lines.all(line, line.price > 1)", false],
    ["args.lines.filter(line, line.price > 1).size() == 1", true],
    ["args.to.split(',').exists(to, !to.endsWith('@acme.test'))", true],
    ["timestamp(args.at) < timestamp('2030-01-01T00:00:00Z')", true],
    ["context.refunds90d > 3", true],
    ["tool == 'another' && args.missing > 1000", false],
    ["args.missing > 1000 && tool == 'another'", false],
  ])("%s is %j", (when, value) => {
    const args = {
      customer: "test-1",
      nothing: null,
      urgent: true,
      tags: ["a", "b"],
      lines: [{ price: 1 }, { price: 2 }],
      to: "a@acme.test,b@evil.test",
      at: "2026-11-01T00:00:00Z",
    };
    expect(decide(when, args, { refunds90d: 4 })).toEqual({ ok: true, value });
  });
});

describe("a rule that cannot be decided says why", () => {
  test.each<[string, JsonObject, string]>([
    ["args.amount > 1000", {}, "args.amount is missing"],
    ["args.order.amount > 1000", { order: {} }, "args.order.amount is missing"],
    ["args.lines[3] == 1", { lines: [] }, "args.lines[3] is missing"],
    ["context.refunds90d > 3", {}, "context.refunds90d is missing"],
    ["args.amount > 1000", { amount: "5000" }, 'no such overload: string > int in "args.amount > 1000"'],
    ["args.amount > 1000", { amount: null }, "no such overload"],
    ["args.urgent && true", { urgent: "yes" }, "requires bool"],
    ["args.lines.exists(l, l.price > 5)", { lines: [{}] }, "l.price is missing"],
    ["number(args.amount) > 1000", { amount: "nan" }, 'number() cannot read "nan"'],
    ["number(args.amount) > 1000", { amount: "1e999" }, "cannot read"],
    ["number(args.amount) > 1000", { amount: "" }, "cannot read"],
    ["args.order.amount > 1", { order: { constructor: "x", amount: 5 } }, "Unsupported type"],
    ["args.toString == 'a'", {}, "args.toString is missing"],
  ])("%s with %j: %s", (when, args, why) => {
    const decided = decide(when, args);
    expect(decided).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  });

  test("briefly, however long the argument is", () => {
    const decided = decide("bool(args.a)", { a: "x".repeat(10_000) });
    expect(decided.ok ? "" : decided.why.length).toBeLessThan(320);
  });
});

describe("a rule is refused when the policy loads", () => {
  test.each([
    ["§tol == 'x'", /Unknown variable: tol.*tool, args, context/],
    ["true && §arg.amount > 5", /Unknown variable: arg\b/],
    ["'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.§matches('^(a+)+$')", /matches.*startsWith/],
    ["(args.customer).§matches('a')", /matches/],
    ["tool.§startWith('a')", /startWith.*startsWith/],
    ["§double(args.amount) > 1000.0", /nan.*number/],
    ["§duration(args.a) > args.b", /timestamps/],
    ["cel.§bind(x, args.list + args.list, x.size() > 1)", /bind/],
    ["§type(args.a) == string", /type/],
    ["§1 + 1", /gives int.*true or false/],
    ["§args.urgent", /args\.urgent == true/],
    ["§tool", /gives string/],
    ["§tool > 5", /string > int/],
    ["tool == 'x' &&§", /EOF/],
    ["tool §= 'x'", /== for equal/],
    ["args.a §=> 3", />= for at least/],
    ["args.a §=< 3", /<= for at most/],
    ["args.a <§> 3", /!= for not equal/],
    ["tool == 'x' §and true", /Unexpected word: and\. Write &&/],
    ["tool == 'x' §OR true", /Unexpected word: OR\. Write \|\|/],
    ["tool == 'x' §& true", /&& for and/],
    ["§not (tool == 'x')", /! for not/],
    ["§len(args.lines) > 3", /size\(/],
    ["args.a > 1§,000", /without separators: 1000/],
    ["tool == §“x”", /plain quotes/],
    ["args.a > 10 §EUR", /Unexpected word: EUR\. Between two values/],
    ["(tool == 'x'§", /still to come/],
    ["§tool in 'x'", /a list: tool in \['pay'/],
    ["§now > '2031-01-01'", /timestamp\('/],
    ["tool == §pay", /Unknown variable: pay.*a text stands in quotes/],
    ["§", /EOF/],
    ["args.a.exists(x, args.b.§exists(y, x == y))", /square/],
    ["args.a.§filter(x, x > 1).exists(y, y > 2)", /square/],
    ["args.a / §args.b > 5", /a > c \* b/],
    ["args.a / §0 > 5", /other than 0/],
    ["args.a % §args.b == 0", /other than 0/],
  ])("%s", (marked, message) => {
    const source = marked.replace("§", "");
    const compilation = compileCondition(source);
    if (compilation.ok) throw new Error("The rule compiled.");
    expect(compilation.message).toMatch(message);
    expect(compilation.offset).toBe(marked.indexOf("§"));
  });

  test.each([
    ["long", `tool == '${"x".repeat(4_000)}'`],
    ["deep in parentheses", `${"(".repeat(60)}true${")".repeat(60)}`],
    ["deep in operators", `${"!".repeat(3_900)}true`],
    ["long in its chain", Array.from({ length: 250 }, () => "true").join("||")],
    ["full of literals", `1 in [${Array.from({ length: 600 }, () => "1").join(",")}]`],
  ])("when it is too %s", (_what, source) => {
    expect(compileCondition(source).ok).toBe(false);
  });

  test("but not for walking through two lists one after the other", () => {
    expect(compileCondition("args.a.exists(x, x > 1) && args.b.all(y, y < 2)").ok).toBe(true);
  });
});

describe("arguments that are meant to hurt", () => {
  const many = Array.from({ length: 1_001 }, () => 1);

  test("cannot make a rule walk through a huge list", () => {
    const decided = decide("args.to.exists(x, x == 2)", { to: many });
    expect(decided).toMatchObject({ ok: false, why: expect.stringContaining("args.to has 1001 entries") });
    expect(decide("args.to[0].exists(x, x == 2)", { to: [many] }).ok).toBe(false);
    expect(
      decide("args.exists(key, key == 'x')", Object.fromEntries(many.map((_, i) => [`k${i}`, 1]))).ok,
    ).toBe(false);
    expect(decide("args.to.split(',').exists(x, x == 'a')", { to: ",".repeat(100_001) }).ok).toBe(false);
  });

  test("do not disturb a rule that never looks at them", () => {
    expect(decide("tool == 'another' && args.to.exists(x, x == 2)", { to: many })).toEqual({
      ok: true,
      value: false,
    });
    expect(decide("args.a.exists(x, x == 2)", { to: many, a: [2] })).toEqual({ ok: true, value: true });
    expect(decide("size(args.to) > 1000", { to: many })).toEqual({ ok: true, value: true });
  });

  test("cannot slip past a comparison by way of Infinity and NaN", () => {
    const huge = { price: 1e308, quantity: 1e308, share: 0 };
    const decided = decide("args.price * args.quantity * args.share > 1000", huge);
    expect(decided).toMatchObject({ ok: false, why: expect.stringContaining("args.price is 1e+308") });
    expect(decide("args.lines[0].price > 1", { lines: [{ price: -1e300 }] }).ok).toBe(false);
    expect(decide("args.share == 0", huge)).toEqual({ ok: true, value: true });
  });

  test("are left as they are", () => {
    const args: JsonObject = { to: many, price: 1e308 };
    const before = structuredClone(args);
    decide("args.to.exists(x, x == 2)", args);
    expect(args).toEqual(before);
  });
});

describe("an amount", () => {
  test.each<[string, JsonObject, number | null]>([
    ["args.amount", { amount: 420.5 }, 420.5],
    ["args.cents / 100", { cents: 42_050 }, 420.5],
    ["size(args.lines)", { lines: [1, 2] }, 2],
    ["args.amount", {}, null],
    ["args.amount", { amount: "420" }, null],
  ])("%s of %j is %j", (source, args, value) => {
    const compilation = compileNumber(source);
    if (!compilation.ok) throw new Error(compilation.message);
    const read = compilation.expression(readFacts({ tool: "t", args, context: {} }));
    expect(read.ok ? read.value : null).toBe(value);
  });

  test("is refused when it can only be something else", () => {
    expect(compileNumber("tool")).toMatchObject({ ok: false, message: expect.stringContaining("a number") });
  });
});

function decide(when: string, args: JsonObject, context: JsonObject = {}): Evaluation<boolean> {
  const compilation = compileCondition(when);
  if (!compilation.ok) throw new Error(`${when}: ${compilation.message}`);
  return compilation.expression(readFacts({ tool: "issue_refund", args, context }));
}
