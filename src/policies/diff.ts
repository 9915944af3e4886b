// What one policy says otherwise than another, in words for whoever has to agree to it.
import type { Json } from "../kernel/json.js";
import { saidOf } from "./explain.js";
import { calendarInWords } from "./calendar-words.js";
import type { Limit } from "./limits.js";
import type { Panel } from "./panel.js";
import type { AfterDeadline, Deadline, Policy, Rule } from "./policy.js";
import type { Routing } from "./routing.js";

export interface PolicyChange {
  of: "tool" | "fact" | "rule" | "tier" | "setting";
  name: string;
  kind: "added" | "removed" | "changed";
  /** A sentence. */
  text: string;
}

/** In the order of a policy file. Where nothing differs but comments and spacing, none. */
export function diffPolicies(from: Policy, to: Policy): PolicyChange[] {
  return [
    ...changesIn("tool", toolsOf(from), toolsOf(to)),
    ...changesIn("setting", settingsOf(from), settingsOf(to)),
    ...changesIn("fact", factsOf(from), factsOf(to)),
    ...changesIn("rule", rulesOf(from), rulesOf(to)),
    ...changesIn("tier", tiersOf(from), tiersOf(to)),
    ...ladderOf(from, to),
  ];
}

/** By name, the words that are said of it. */
type Section = ReadonlyMap<string, Readonly<Record<string, Json>>>;

function changesIn(of: PolicyChange["of"], from: Section, to: Section): PolicyChange[] {
  const names = [...new Set([...from.keys(), ...to.keys()])];
  return names.flatMap((name): PolicyChange[] => {
    const [before, after] = [from.get(name), to.get(name)];
    const what = of === "setting" ? name : `The ${of} ${name}`;
    if (!before) return [{ of, name, kind: "added", text: ended(`${what} is new: ${sayings(after ?? {})}`) }];
    if (!after)
      return [{ of, name, kind: "removed", text: ended(`${what} is gone; it was: ${sayings(before)}`) }];
    const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
    );
    if (differing.length === 0) return [];
    const texts = differing.map((key) => differenceIn(key, before[key], after[key]));
    return [{ of, name, kind: "changed", text: ended(`${what} changes: ${texts.join("; ")}`) }];
  });
}

function differenceIn(key: string, before: Json | undefined, after: Json | undefined): string {
  if (before === undefined) return `${key} is now ${inWords(after)}`;
  if (after === undefined) return `${key} was ${inWords(before)} and is no longer said`;
  return `${key} was ${inWords(before)} and is now ${inWords(after)}`;
}

/** Reasons are sentences, and end like this one. */
function ended(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

function sayings(said: Readonly<Record<string, Json>>): string {
  const words = Object.entries(said).map(([key, value]) => `${key} ${inWords(value)}`);
  return words.length === 0 ? "nothing is said of it" : words.join(", ");
}

function inWords(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function toolsOf({ tools }: Policy): Section {
  return new Map([...tools].map(([name, tool]) => [name, saidOf(tool)]));
}

function factsOf({ facts }: Policy): Section {
  return new Map(
    facts.map(({ name, tools, key, as }) => [name, { tool: tools.join(" or "), key: key.source, as }]),
  );
}

function rulesOf({ rules }: Policy): Section {
  return new Map(rules.map((rule) => [rule.id, ruleSaid(rule)]));
}

function ruleSaid(rule: Rule): Record<string, Json> {
  const { verdict, when, level, reason } = rule;
  const more: Record<string, Json> =
    rule.verdict === "hold"
      ? {
          tier: rule.tier,
          ...(rule.guideline
            ? {
                guideline: [rule.guideline.text, rule.guideline.link].filter((one) => one !== null).join(" "),
              }
            : {}),
          ...(rule.questions.length > 0 ? { questions: [...rule.questions] } : {}),
        }
      : {};
  return { verdict, when: when.source, ...more, ...(level === null ? {} : { level }), reason };
}

function tiersOf({ tiers }: Policy): Section {
  return new Map(
    tiers.map(({ name, roles, deadline, panel }) => [
      name,
      { roles: roles.join(panel.turns ? ", then " : " or "), ...panelSaid(panel), ...deadlineSaid(deadline) },
    ]),
  );
}

function panelSaid({ quorum, of, fourEyes, blind, turns, veto, split }: Panel): Record<string, Json> {
  return {
    ...(quorum === 1 && of === 1 ? {} : { quorum: turns ? `${quorum}, in turn` : `${quorum} of ${of}` }),
    ...(fourEyes ? { "who asked": "may not decide" } : {}),
    ...(blind ? { votes: "blind" } : {}),
    ...(veto.length === 0 ? {} : { veto: veto.join(" or ") }),
    ...(split === null ? {} : { split }),
  };
}

function deadlineSaid(deadline: Deadline | null): Record<string, Json> {
  if (!deadline) return {};
  const { ms, after, hours, extend } = deadline;
  // oxlint-disable-next-line unicorn/no-thenable -- the policy file's own word; nothing awaits it.
  const said = { respond: `${ms / 1_000}s`, then: afterSaid(after) };
  return {
    ...said,
    ...(hours === null ? {} : { hours: hours.calendar.name, outside: hours.outside }),
    ...(extend === null ? {} : { extend: `${extend.times} times ${extend.ms / 1_000}s` }),
  };
}

function afterSaid(after: AfterDeadline): string {
  switch (after.kind) {
    case "escalate":
      return after.tier;
    case "instead":
      return `${after.tool} instead, with ${JSON.stringify(after.args)}`;
    case "reject":
    case "park":
      return after.kind;
  }
}

/** The order of tiers is who stands above whom. */
function ladderOf(from: Policy, to: Policy): PolicyChange[] {
  const [before, after] = [namesOf(from), namesOf(to)];
  const kept = (names: readonly string[], others: readonly string[]) =>
    names.filter((name) => others.includes(name));
  if (kept(before, after).join() === kept(after, before).join()) return [];
  const text = `The ladder was ${before.join(", ")}, and is now, lowest first: ${after.join(", ")}.`;
  return [{ of: "setting", name: "ladder", kind: "changed", text }];
}

function namesOf({ tiers }: Policy): string[] {
  return tiers.map(({ name }) => name);
}

function settingsOf({
  defaultTier,
  undoMs,
  rejectReasons,
  routing,
  changes,
  calendars,
  limits,
}: Policy): Section {
  const settings: [string, Record<string, Json> | null][] = [
    ["Who releases what no rule holds", { tier: defaultTier }],
    ["The time to take a decision back", undoMs === null ? null : { undo: `${undoMs / 1_000}s` }],
    ["Reasons to reject", rejectReasons.length === 0 ? null : { reasons: [...rejectReasons] }],
    ["Routing by score", routing && routingSaid(routing)],
    ["Who approves a change of the policy", changes && { tier: changes.tier }],
    ...[...calendars.values()].map((calendar): [string, Record<string, Json>] => [
      `The calendar ${calendar.name}`,
      { open: calendarInWords(calendar) },
    ]),
    ...limitsSaid(limits),
  ];
  return new Map(settings.flatMap(([name, said]) => (said === null ? [] : [[name, said]])));
}

function limitsSaid(limits: readonly Limit[]): [string, Record<string, Json>][] {
  const said = new Map<string, Record<string, Json>>();
  for (const { roles, person, currency, upTo, tools } of limits) {
    const name = `What ${person ?? roles?.join(" or ")} may release`;
    const what = tools === null ? currency : `${currency} by ${tools.join(" or ")}`;
    said.set(name, { ...said.get(name), [what]: upTo === Infinity ? "unlimited" : `up to ${upTo}` });
  }
  return [...said];
}

function routingSaid({
  target,
  maxError,
  confidence,
  tools,
  sample,
  refuseBelow,
  bands,
  weights,
}: Routing): Record<string, Json> {
  return {
    target: `${target.from}..${target.to}`,
    maxError,
    confidence,
    ...Object.fromEntries(
      [...tools].map(([name, own]) => [
        `of ${name}`,
        `maxError ${own.maxError}, confidence ${own.confidence}`,
      ]),
    ),
    sample,
    ...(refuseBelow === null ? {} : { refuseBelow }),
    ...(bands.length === 0
      ? {}
      : { bands: bands.map(({ below, tier }) => `${tier} below ${below}`).join(", ") }),
    signals: { ...weights },
  };
}
