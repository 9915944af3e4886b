// Deadlines of reviews, in Postgres. The column is the truth: whoever comes late finds what it says.
import type { Principal } from "../kernel/principal.js";
import type { DeadlineStore, Due, Passed, Passing } from "../review/deadlines.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { isOverdue } from "./review-clock.js";
import type { ReviewRow } from "./review-record.js";
import { rungColumns, rungToRow, rungValues } from "./rung-columns.js";

/** @param tell a word that the queue of a tenant has changed; it may be lost. */
export function createDeadlineStore(db: Database, tell: (tenant: string) => void): DeadlineStore {
  return {
    async due(graphIds, limit) {
      const rows = await db.once<DueRow>(
        "worker",
        `/* review.due */ select review_id, version, tenant_id, thread_id, graph_id, hosted, tier, on_silence, now() as seen_at
         from holdpoint.reviews r where ${isOverdue("r")} and r.graph_id = any ($1)
         order by r.expires_at limit $2`,
        [graphIds, limit],
      );
      return rows.map(rowToDue);
    },

    async pass(passings) {
      const passed: Due[] = [];
      for (const alike of groupsOf(passings)) passed.push(...(await passAlike(db, alike)));
      for (const tenant of new Set(passed.map((one) => one.tenant))) tell(tenant);
      return passed;
    },
  };
}

interface Alike {
  tenant: string;
  kind: Passed["kind"];
  passings: Passing[];
}

/** A statement writes rows of one tenant, and does one thing to them. */
function groupsOf(passings: readonly Passing[]): Iterable<Alike> {
  const groups = new Map<string, Alike>();
  for (const passing of passings) {
    const { tenant } = passing.due;
    const { kind } = passing.to;
    const key = `${kind} ${tenant}`;
    const group = groups.get(key) ?? { tenant, kind, passings: [] };
    group.passings.push(passing);
    groups.set(key, group);
  }
  return groups.values();
}

/** What somebody decides, or another process passes, in this very moment is left to them. */
async function passAlike(db: Database, { tenant, kind, passings }: Alike): Promise<Due[]> {
  const rows = await db.once<{ review_id: string }>(
    { tenant },
    // A decision asks for a time that is not over yet, and this for one that is: of the two, one finds the row.
    `/* review.pass-deadlines */ with given as (
       select * from jsonb_to_recordset($1) g (review_id uuid, version int, body jsonb, rung jsonb)),
     locked as (
       select g.* from holdpoint.reviews r join given g on g.review_id = r.review_id and g.version = r.version
       where ${isOverdue("r")} for update of r skip locked),
     passed as (
       update holdpoint.reviews r set version = r.version + 1, status = $2, claimed_by = null, claimed_until = null,
         handed_on_by = null, ${standsThen[kind]}
       from locked where r.review_id = locked.review_id
       returning r.tenant_id, r.review_id, locked.body)
     insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
     select tenant_id, review_id, $3, $4, body from passed
     returning review_id`,
    [
      storableJson(passings.map(passingToRow)),
      kind === "expired" ? "expired" : "open",
      kind,
      storableJson({ ...nobody, tenant }),
    ],
  );
  const passed = new Set(rows.map(({ review_id: id }) => id));
  return passings.flatMap(({ due }) => (passed.has(due.id) ? [due] : []));
}

function passingToRow({ due, to }: Passing): object {
  const row = { review_id: due.id, version: due.version };
  return to.kind === "escalated"
    ? {
        ...row,
        body: { from: due.tier, to: to.rung.tier },
        rung: JSON.parse(rungToRow(to.rung)) as object,
      }
    : { ...row, body: {} };
}

/** A deadline is nobody's doing. */
const nobody: Omit<Principal, "tenant"> = { id: "deadline", kind: "service", roles: [] };

/** What changes in where it stands. Of one that expired the record keeps which rung let its time pass, and what for. */
const standsThen = {
  escalated: `round = round + 1, (${rungColumns}) = (${rungValues("locked.rung")})`,
  parked: "expires_at = null, on_silence = null",
  expired: "expires_at = r.expires_at",
} as const satisfies Record<Passed["kind"], string>;

type DueRow = Pick<
  ReviewRow,
  "review_id" | "version" | "tenant_id" | "thread_id" | "graph_id" | "hosted" | "tier" | "on_silence"
> & { seen_at: Date };

function rowToDue(row: DueRow): Due {
  return {
    id: row.review_id,
    version: row.version,
    tenant: row.tenant_id,
    threadId: row.thread_id,
    graphId: row.graph_id,
    hosted: row.hosted,
    tier: row.tier,
    onSilence: row.on_silence,
    seenAt: row.seen_at,
  };
}
