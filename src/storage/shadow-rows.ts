// What a shadow policy says of the calls, in Postgres.
import type { RiskAssessment, RiskLevel, Route } from "../policies/words.js";
import type { Reads } from "../policies/evidence.js";
import type { JudgedCall } from "../review/judge-again.js";
import type { Verdict } from "../review/policy-replay.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { selectJudgedCalls } from "./judged-rows.js";

/** What is said of one call, beside what was decided of it. */
export interface ShadowVerdict {
  actionId: string;
  outcome: "same" | "differs" | "unknowable" | "failed";
  /** Where it differs. */
  assessment: RiskAssessment | null;
}

/** From now on it shadows, unless it already does. The version has to be on record. */
export async function beginShadow(db: Database, tenant: string, version: string): Promise<void> {
  await db.once(
    { tenant },
    "/* shadow.begin */ insert into holdpoint.policy_shadows (tenant_id, version) values ($1, $2) on conflict do nothing",
    [tenant, version],
  );
}

/** Calls of an agent since the shadow began, of which it has said nothing yet. */
export async function unshadowedCalls(
  db: Database,
  tenant: string,
  wanted: { version: string; graphId: string; reads: Reads; since: Date | null; limit: number },
): Promise<{ calls: JudgedCall[]; now: Date }> {
  const { version, graphId, reads, since, limit } = wanted;
  const [clock] = await db.once<{ now: Date }>({ tenant }, "/* shadow.clock */ select now() as now");
  const calls = await selectJudgedCalls(
    db,
    tenant,
    reads,
    `where a.tenant_id = $3 and a.graph_id = $4 and a.created_at >= coalesce($6, '-infinity'::timestamptz)
       and a.created_at >= (select s.since from holdpoint.policy_shadows s where s.tenant_id = $3 and s.version = $5)
       and not exists (select from holdpoint.shadow_verdicts v
         where v.tenant_id = $3 and v.version = $5 and v.action_id = a.action_id)
     order by a.created_at, a.action_id limit $7`,
    [tenant, graphId, version, since, limit],
  );
  return { calls, now: clock?.now ?? new Date(0) };
}

export async function keepShadowVerdicts(
  db: Database,
  tenant: string,
  version: string,
  verdicts: readonly ShadowVerdict[],
): Promise<void> {
  if (verdicts.length === 0) return;
  await db.once(
    { tenant },
    `/* shadow.keep */ insert into holdpoint.shadow_verdicts (tenant_id, version, action_id, outcome, assessment)
     select $1, $2, v."actionId", v.outcome, v.assessment
     from jsonb_to_recordset($3) v ("actionId" text, outcome text, assessment jsonb) on conflict do nothing`,
    [tenant, version, storableJson(verdicts)],
    // Said again where a crash takes it.
    "later",
  );
}

export interface ShadowReport {
  version: string;
  since: Date;
  said: Record<ShadowVerdict["outcome"], number>;
  held: { before: number; after: number };
  moves: { from: Verdict; to: Verdict; calls: number }[];
  /** The newest. */
  cases: ShadowCase[];
}

export interface ShadowCase {
  actionId: string;
  threadId: string;
  agent: string;
  tool: string;
  at: Date;
  from: RiskAssessment;
  to: RiskAssessment;
}

/** Null: it never shadowed. */
export async function readShadow(
  db: Database,
  tenant: string,
  version: string,
  mostCases: number,
): Promise<ShadowReport | null> {
  const [begun] = await db.once<{ since: Date }>(
    { tenant },
    "/* shadow.since */ select since from holdpoint.policy_shadows where tenant_id = $1 and version = $2",
    [tenant, version],
  );
  if (!begun) return null;
  const [counted, cases] = await Promise.all([
    db.once<MoveRow>({ tenant }, countMoves, [tenant, version]),
    db.once<CaseRow>({ tenant }, newestCases, [tenant, version, mostCases]),
  ]);
  const said = { same: 0, differs: 0, unknowable: 0, failed: 0 };
  const held = { before: 0, after: 0 };
  for (const { outcome, from_route: from, to_route: to, calls } of counted) {
    said[outcome] += calls;
    if (isHeld(from)) held.before += calls;
    if (isHeld(to ?? from)) held.after += calls;
  }
  return {
    version,
    since: begun.since,
    said,
    held,
    moves: counted.flatMap((row) =>
      row.to_route === null || row.to_level === null ? [] : [moveOf(row, row.to_route, row.to_level)],
    ),
    cases: cases.map(
      ({
        action_id: actionId,
        thread_id: threadId,
        graph_id: agent,
        tool,
        created_at: at,
        before,
        after,
      }) => ({
        actionId,
        threadId,
        agent,
        tool,
        at,
        from: before,
        to: after,
      }),
    ),
  };
}

function isHeld(route: Route): boolean {
  return route !== "execute" && route !== "refuse";
}

function moveOf(row: MoveRow, route: Route, level: RiskLevel): ShadowReport["moves"][number] {
  return {
    from: { route: row.from_route, tier: row.from_tier, level: row.from_level },
    to: { route, tier: row.to_tier, level },
    calls: row.calls,
  };
}

const countMoves = `/* shadow.moves */ select v.outcome, count(*)::int as calls,
    a.assessment ->> 'route' as from_route, a.assessment ->> 'tier' as from_tier, a.assessment ->> 'level' as from_level,
    v.assessment ->> 'route' as to_route, v.assessment ->> 'tier' as to_tier, v.assessment ->> 'level' as to_level
  from holdpoint.shadow_verdicts v join holdpoint.actions a using (tenant_id, action_id)
  where v.tenant_id = $1 and v.version = $2 group by 1, 3, 4, 5, 6, 7, 8 order by 2 desc, 3, 6, 4, 7`;

const newestCases = `/* shadow.cases */ select a.action_id, a.thread_id, a.graph_id, a.tool, a.created_at,
    a.assessment as before, v.assessment as after
  from holdpoint.shadow_verdicts v join holdpoint.actions a using (tenant_id, action_id)
  where v.tenant_id = $1 and v.version = $2 and v.outcome = 'differs' order by v.judged_at desc, v.action_id limit $3`;

interface MoveRow {
  outcome: ShadowVerdict["outcome"];
  calls: number;
  from_route: Route;
  from_tier: string | null;
  from_level: RiskLevel;
  to_route: Route | null;
  to_tier: string | null;
  to_level: RiskLevel | null;
}

interface CaseRow {
  action_id: string;
  thread_id: string;
  graph_id: string;
  tool: string;
  created_at: Date;
  before: RiskAssessment;
  after: RiskAssessment;
}
