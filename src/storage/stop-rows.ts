// Stops in Postgres: set once, seen by whoever they hold, lifted once.
import { randomUUID } from "node:crypto";
import type { Stop, StopKind } from "../execution/stop.js";
import { isUuid } from "../kernel/ids.js";
import type { Principal } from "../kernel/principal.js";
import type { Database, Scope, Sql } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";
import { rowToStop, type StopRow } from "./stop-record.js";

export interface NewStop {
  kind: StopKind;
  name: string | null;
  why: string;
}

/** Is an agent or a tool of this name on record? */
export async function isOnRecord(
  db: Database,
  tenant: string,
  { kind, name }: { kind: "agent" | "tool"; name: string },
): Promise<boolean> {
  const column = kind === "agent" ? "graph_id" : "tool";
  const rows = await db.once(
    { tenant },
    `/* stop.on-record-${kind} */ select from holdpoint.actions where tenant_id = $1 and ${column} = $2 limit 1`,
    [tenant, name],
  );
  return rows.length > 0;
}

/** Set now, or the one that stands already. */
export async function setStop(db: Database, by: Principal, { kind, name, why }: NewStop): Promise<Stop> {
  const [row] = await db.once<StopRow>(
    scopeOf(by, kind),
    `/* stop.set */ insert into holdpoint.stops (stop_id, tenant_id, kind, name, by_whom, why)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (coalesce(tenant_id, ''), kind, coalesce(name, '')) where lifted_at is null
     do update set lifted_at = null returning *`,
    [randomUUID(), kind === "all" ? null : by.tenant, kind, name, storableJson(by), storable(why)],
  );
  if (!row) throw new Error("A stop was set and is not on record.");
  return rowToStop(row);
}

/** The newest first. */
export async function listStops(
  db: Database,
  tenant: string,
  { isStanding, limit }: { isStanding: boolean | null; limit: number },
): Promise<Stop[]> {
  const rows = await db.once<StopRow>(
    { tenant },
    `/* stop.list */ select * from holdpoint.stops
     where $1::boolean is null or (lifted_at is null) = $1 order by at desc, stop_id limit $2`,
    [isStanding, limit],
  );
  return rows.map(rowToStop);
}

export async function findStop(db: Database, tenant: string, stopId: string): Promise<Stop | null> {
  if (!isUuid(stopId)) return null;
  const [row] = await db.once<StopRow>(
    { tenant },
    "/* stop.find */ select * from holdpoint.stops where stop_id = $1",
    [stopId],
  );
  return row ? rowToStop(row) : null;
}

/** Null where it is lifted already. Runs that were to look again later look again now. */
export async function liftStop(
  db: Database,
  by: Principal,
  { id, kind }: Stop,
  why: string,
): Promise<Stop | null> {
  return db.transaction(scopeOf(by, kind), async (sql) => {
    const [row] = await sql.query<StopRow>(
      `/* stop.lift */ update holdpoint.stops set lifted_by = $2, lifted_why = $3, lifted_at = now()
       where stop_id = $1 and lifted_at is null returning *`,
      [id, storableJson(by), storable(why)],
    );
    if (!row) return null;
    await lookAgain(sql);
    return rowToStop(row);
  });
}

/** What a tool's stop kept from going on is tried again by the clock, more and more seldom. */
async function lookAgain(sql: Sql): Promise<void> {
  await sql.query(
    `/* stop.look-again */ update holdpoint.runs set run_after = now()
     where status = 'pending' and kind = 'resume' and run_after > now()`,
  );
}

/** What stops everybody is nobody's in particular. */
function scopeOf({ tenant }: Principal, kind: StopKind): Scope {
  return kind === "all" ? "worker" : { tenant };
}
