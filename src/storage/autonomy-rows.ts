// Every kind of call that was scored, and what became of the calls of late, in Postgres.
import type { KeptStratum } from "../learning/strata.js";
import type { Stratum, StratumParts } from "../policies/stratum.js";
import type { Database } from "./database.js";
import { rowToKept, type StratumRow } from "./stratum-rows.js";

export interface KindOfCall {
  stratum: Stratum;
  kept: KeptStratum;
  calls: CallCounts;
}

export interface CallCounts {
  ran: number;
  shown: number;
  refused: number;
  decided: number;
  wrong: number;
}

/** Enough for any company's agents; what has been silent longest is left out. */
const mostKinds = 500;

/** @param id of one; null: of all */
export async function listKinds(db: Database, tenant: string, id: string | null): Promise<Stratum[]> {
  const rows = await db.once<Pick<KindRow, "stratum" | "agent" | "tool" | "about">>(
    { tenant },
    `/* autonomy.kinds */ select stratum, agent, tool, about from holdpoint.strata
     where tenant_id = $1 and ($2::text is null or stratum = $2)
     order by coalesce(knows_until, first_at) desc limit ${mostKinds}`,
    [tenant, id],
  );
  return rows.map(({ stratum, agent, tool, about }) => ({ id: stratum, agent, tool, about }));
}

export async function readAutonomy(db: Database, tenant: string, since: Date): Promise<KindOfCall[]> {
  const rows = await db.once<KindRow>(
    { tenant },
    `/* autonomy.read */ select s.stratum, s.agent, s.tool, s.about, s.certificate, s.target, s.knows_until::text,
       s.withdrawn_at::text, made.*, told.*
     from (select * from holdpoint.strata where tenant_id = $1
         order by coalesce(knows_until, first_at) desc limit ${mostKinds}) s,
       lateral (
         select count(*) filter (where route = 'execute')::int as ran,
           count(*) filter (where route = 'review')::int as shown,
           count(*) filter (where route = 'refuse')::int as refused
         from holdpoint.actions where tenant_id = $1 and stratum = s.stratum and created_at >= $2) made,
       lateral (
         select count(*)::int as decided,
           count(*) filter (where d.type <> 'approve' or d.args_hash <> a.args_hash)::int as wrong
         from holdpoint.reviews r join holdpoint.decisions d on d.review_id = r.review_id and d.undone_at is null
           join holdpoint.actions a on a.action_id = r.action_id
         where r.tenant_id = $1 and r.stratum = s.stratum and r.decided_at >= $2) told
     order by s.agent, s.tool, s.stratum`,
    [tenant, since],
  );
  return rows.map(({ stratum: id, agent, tool, about, ran, shown, refused, decided, wrong, ...kept }) => ({
    stratum: { id, agent, tool, about },
    kept: rowToKept(kept),
    calls: { ran, shown, refused, decided, wrong },
  }));
}

type KindRow = StratumRow & CallCounts & { agent: string; tool: string; about: StratumParts };
