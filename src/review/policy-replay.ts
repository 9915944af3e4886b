// What a policy would have made of the calls on record: how many verdicts change, who would have been asked how often, and
// which calls that are known to have been wrong it would have stopped. Sums of parts add up to the sums of the whole.
import type { Policy } from "../policies/policy.js";
import type { Reason, RiskAssessment, RiskLevel, Route } from "../policies/words.js";
import { judgeAgain, unknowables, type JudgedCall, type Unknowable } from "./judge-again.js";

export interface Verdict {
  route: Route;
  tier: string | null;
  level: RiskLevel;
}

export interface ReplayFigures {
  /** Judged again. */
  calls: number;
  identical: number;
  /** The same verdict for other reasons. */
  otherReasons: number;
  changed: number;
  unknowable: Record<Unknowable, number>;
  /** Of those that changed. */
  moves: { from: Verdict; to: Verdict; calls: number }[];
  /** How many calls wait for each tier. */
  load: Record<string, BeforeAfter>;
  /** How many calls wait for a person at all. */
  held: BeforeAfter;
  /** By what is known of calls by now: how many there are, and how many of them are stopped, held or refused. */
  known: Record<Outcome, { calls: number; stopped: BeforeAfter }>;
}

export interface BeforeAfter {
  before: number;
  after: number;
}

/** What people and time said of a call. `rejected`, `edited` and `failed` are errors; `approved` was asked for nothing. */
export const outcomes = ["rejected", "edited", "failed", "approved"] as const;
export type Outcome = (typeof outcomes)[number];

/** A call whose verdict changes. */
export interface ChangedCase {
  actionId: string;
  threadId: string;
  agent: string;
  tool: string;
  at: string;
  from: Verdict;
  to: Verdict;
  reasonsBefore: Reason[];
  reasonsAfter: Reason[];
  outcome: Outcome | null;
}

export const noFigures = (): ReplayFigures => ({
  calls: 0,
  identical: 0,
  otherReasons: 0,
  changed: 0,
  unknowable: byName(unknowables, () => 0),
  moves: [],
  load: {},
  held: { before: 0, after: 0 },
  known: byName(outcomes, () => ({ calls: 0, stopped: { before: 0, after: 0 } })),
});

/** Adds a call to the figures, and gives the case where its verdict changes. */
export function replayCall(figures: ReplayFigures, policy: Policy, call: JudgedCall): ChangedCase | null {
  const again = judgeAgain(policy, call);
  if (again.kind === "unknowable") {
    figures.unknowable[again.why] += 1;
    return null;
  }
  const before = call.assessment;
  const after = again.assessment;
  const outcome = outcomeOf(call);
  figures.calls += 1;
  count(figures.held, isHeld(before), isHeld(after));
  for (const tier of new Set([before.tier, after.tier])) {
    if (tier === null) continue;
    count((figures.load[tier] ??= { before: 0, after: 0 }), before.tier === tier, after.tier === tier);
  }
  if (outcome !== null) {
    figures.known[outcome].calls += 1;
    count(figures.known[outcome].stopped, before.route !== "execute", after.route !== "execute");
  }
  const from = verdictOf(before);
  const to = verdictOf(after);
  if (isSameVerdict(from, to)) {
    figures[hasSameReasons(before, after) ? "identical" : "otherReasons"] += 1;
    return null;
  }
  figures.changed += 1;
  addMove(figures.moves, { from, to, calls: 1 });
  return {
    actionId: call.id,
    threadId: call.threadId,
    agent: call.graphId,
    tool: call.tool,
    at: call.createdAt.toISOString(),
    from,
    to,
    reasonsBefore: before.reasons,
    reasonsAfter: after.reasons,
    outcome,
  };
}

/** The figures of two parts of the record, as those of both. */
export function addFigures(into: ReplayFigures, part: ReplayFigures): void {
  for (const key of ["calls", "identical", "otherReasons", "changed"] as const) into[key] += part[key];
  for (const why of unknowables) into.unknowable[why] += part.unknowable[why];
  for (const move of part.moves) addMove(into.moves, move);
  for (const [tier, load] of Object.entries(part.load))
    add((into.load[tier] ??= { before: 0, after: 0 }), load);
  add(into.held, part.held);
  for (const outcome of outcomes) {
    into.known[outcome].calls += part.known[outcome].calls;
    add(into.known[outcome].stopped, part.known[outcome].stopped);
  }
}

function outcomeOf({ decision, execution }: JudgedCall): Outcome | null {
  if (decision === "reject") return "rejected";
  if (decision === "edit") return "edited";
  if (execution === "failed") return "failed";
  return decision === "approve" ? "approved" : null;
}

function verdictOf({ route, tier, level }: RiskAssessment): Verdict {
  return { route, tier, level };
}

function isHeld({ route }: RiskAssessment): boolean {
  return route !== "execute" && route !== "refuse";
}

export function isSameVerdict(a: Verdict, b: Verdict): boolean {
  return a.route === b.route && a.tier === b.tier && a.level === b.level;
}

function hasSameReasons({ reasons: before }: RiskAssessment, { reasons: after }: RiskAssessment): boolean {
  return (
    before.length === after.length &&
    before.every(({ rule, text }, index) => {
      const other = after[index];
      // As the record holds texts: Postgres has no place for some characters.
      return other?.rule === rule && (other.text === text || recordable(other.text) === text);
    })
  );
}

function recordable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function addMove(moves: ReplayFigures["moves"], move: ReplayFigures["moves"][number]): void {
  const known = moves.find(({ from, to }) => isSameVerdict(from, move.from) && isSameVerdict(to, move.to));
  if (known) known.calls += move.calls;
  else moves.push({ ...move });
}

function count(into: BeforeAfter, before: boolean, after: boolean): void {
  add(into, { before: Number(before), after: Number(after) });
}

function add(into: BeforeAfter, { before, after }: BeforeAfter): void {
  into.before += before;
  into.after += after;
}

function byName<Name extends string, Value>(names: readonly Name[], value: () => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value()])) as Record<Name, Value>;
}
