// What calls of one kind have earned, in Postgres, and the decisions that it rests on.
import type { DecidedCall, KeptStratum, StrataStore } from "../learning/strata.js";
import type { Certificate, Target } from "../policies/certify.js";
import type { Stratum } from "../policies/stratum.js";
import type { Database } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";
import { isFinal } from "./review-clock.js";

/** Of a kind, the newest decisions: what came before them says little of the calls of today. */
const mostDecided = 2_000;

/** Somebody decided it, and nobody can take that back any more. */
const isDecided = (r: string): string =>
  `${r}.decided_at is not null and (${r}.status = 'resumed' or ${isFinal(r)})`;

/** From when on a decision counts. */
const countsFrom = (r: string): string => `greatest(${r}.decided_at, ${r}.deciding_until)`;

export function createStrataStore(db: Database): StrataStore {
  return {
    async find(tenant, ids) {
      if (ids.length === 0) return new Map();
      // One that may be taken back for a minute is decided up to a minute before it counts.
      const rows = await db.once<StratumRow & { is_stale: boolean }>(
        { tenant },
        `/* stratum.find */ select s.stratum, s.certificate, s.target, s.knows_until::text, s.withdrawn_at::text, exists (
             select from holdpoint.reviews r
             where r.tenant_id = $1 and r.stratum = s.stratum and ${isDecided("r")}
               and r.decided_at > coalesce(s.knows_until, '-infinity') - interval '1 minute'
               and ${countsFrom("r")} > coalesce(s.knows_until, '-infinity')) as is_stale
         from holdpoint.strata s where s.tenant_id = $1 and s.stratum = any ($2)`,
        [tenant, ids],
      );
      return new Map(
        rows.map(({ stratum, is_stale: isStale, ...row }) => [stratum, { kept: rowToKept(row), isStale }]),
      );
    },

    async decided(tenant, id, since) {
      const rows = await db.once<DecidedRow>(
        { tenant },
        `/* stratum.decided */ select r.review_id, r.thread_id, r.score, r.looked_at, r.least_looked_at,
           ${countsFrom("r")}::text as counts_from,
           d.type <> 'approve' or d.args_hash <> a.args_hash as is_wrong
         from holdpoint.reviews r
           join holdpoint.decisions d on d.review_id = r.review_id and d.undone_at is null
           join holdpoint.actions a on a.action_id = r.action_id
         where r.tenant_id = $1 and r.stratum = $2 and ${isDecided("r")}
           and ${countsFrom("r")} > coalesce($3::timestamptz, '-infinity')
         order by ${countsFrom("r")} desc, r.review_id desc limit ${mostDecided}`,
        [tenant, id, since],
      );
      return rows.toReversed().map(rowToDecided);
    },

    async keep(tenant, stratum, kept) {
      await db.once(
        { tenant },
        `/* stratum.keep */ ${keeping} and (s.withdrawn_at is null or s.withdrawn_at <= excluded.withdrawn_at)`,
        valuesOf(tenant, stratum, kept),
        // Lost in a crash, it is made anew from the decisions.
        "later",
      );
    },

    async withdraw(tenant, stratum, kept) {
      const rows = await db.once(
        { tenant },
        `/* stratum.withdraw */ ${keeping} and (s.withdrawn_at is null or s.withdrawn_at < excluded.withdrawn_at)
         returning stratum`,
        valuesOf(tenant, stratum, kept),
      );
      return rows.length > 0;
    },
  };
}

/** Up to what one that may know less must not overwrite. */
const keeping = `insert into holdpoint.strata as s
    (tenant_id, stratum, agent, tool, about, certificate, target, knows_until, withdrawn_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (tenant_id, stratum) do update set certificate = excluded.certificate, target = excluded.target,
    knows_until = excluded.knows_until, withdrawn_at = excluded.withdrawn_at
  where (s.knows_until is null or s.knows_until <= excluded.knows_until)`;

function valuesOf(
  tenant: string,
  { id, agent, tool, about }: Stratum,
  { certificate, target, knowsUntil, withdrawnAt }: KeptStratum,
): unknown[] {
  return [
    tenant,
    id,
    storable(agent),
    storable(tool),
    storableJson(about),
    JSON.stringify(certificate),
    JSON.stringify(target),
    knowsUntil,
    withdrawnAt,
  ];
}

/** Times as Postgres writes them: a Date of JavaScript would cut them short. */
export interface StratumRow {
  stratum: string;
  certificate: Certificate;
  target: Target;
  knows_until: string | null;
  withdrawn_at: string | null;
}

export function rowToKept(row: Omit<StratumRow, "stratum">): KeptStratum {
  return {
    certificate: row.certificate,
    target: row.target,
    knowsUntil: row.knows_until,
    withdrawnAt: row.withdrawn_at,
  };
}

interface DecidedRow {
  review_id: string;
  thread_id: string;
  score: number;
  looked_at: number;
  least_looked_at: number;
  counts_from: string;
  is_wrong: boolean;
}

function rowToDecided(row: DecidedRow): DecidedCall {
  return {
    reviewId: row.review_id,
    threadId: row.thread_id,
    score: row.score,
    isWrong: row.is_wrong,
    lookedAt: row.looked_at,
    leastLookedAt: row.least_looked_at,
    countsFrom: row.counts_from,
  };
}
