// The runs of a thread in the order in which they began. Each stands at a place on the thread's line that follows from
// its row alone, so that every server finds it there, and again.
import type { Database } from "./database.js";
import { rowToRun, type Run, type RunRow } from "./run-record.js";

export interface LinedRun {
  run: Run;
  /** Milliseconds from the making of its thread to its beginning; to its asking, where it has not begun. */
  at: number;
  /** The same moment. */
  beganAt: Date;
  endedAt: Date | null;
}

export interface ThreadLine {
  /** The run that began next; the first one where none is before it. */
  after(tenant: string, threadId: string, before: LinedRun | null): Promise<LinedRun | null>;
  /** Those that began last, the last one first; of those that had begun by a place, where one is named. */
  latest(tenant: string, threadId: string, limit: number, by?: number): Promise<LinedRun[]>;
  /** Runs that were asked for and have not begun, though nothing is at work: they wait behind something held. */
  heldBack(tenant: string, threadId: string): Promise<LinedRun[]>;
  /** Where what a run tells begins, or (it waits its turn) what is told before it. */
  placeOf(tenant: string, runId: string): Promise<number>;
}

export function createThreadLine(db: Database): ThreadLine {
  return {
    async after(tenant, threadId, before) {
      const rows = await db.once<LinedRow>(
        { tenant },
        `/* line.after */ select * from (${begun}) l
         where $2::float8 is null or (at, run_id) > ($2, $3::uuid) order by at, run_id limit 1`,
        [threadId, before?.at ?? null, before?.run.id ?? null],
      );
      return rows[0] ? lined(rows[0]) : null;
    },

    async latest(tenant, threadId, limit, by) {
      const rows = await db.once<LinedRow>(
        { tenant },
        `/* line.latest */ select * from (${begun}) l
         where $2::float8 is null or at <= $2 order by at desc, run_id desc limit $3`,
        [threadId, by ?? null, limit],
      );
      return rows.map(lined);
    },

    async heldBack(tenant, threadId) {
      const rows = await db.once<LinedRow>(
        { tenant },
        `/* line.held-back */ select r.*, ${placeAt("r.created_at")} as at ${ofThread}
           and r.status = 'pending' and r.kind <> 'resume' and r.started_at is null
           and not exists (select from holdpoint.runs o where o.thread_id = $1 and o.status = 'running')
           and exists (select from holdpoint.reviews v
             where v.thread_id = $1 and not v.hosted and v.status in ('open', 'claimed'))
         order by r.created_at, r.run_id`,
        [threadId],
      );
      return rows.map(lined);
    },

    async placeOf(tenant, runId) {
      const [row] = await db.once<{ at: number }>(
        { tenant },
        `/* line.place */ select ${placeAt("coalesce(r.started_at, o.started_at, r.created_at)")} as at
         from holdpoint.runs r join holdpoint.threads t using (thread_id)
         left join holdpoint.runs o on o.thread_id = r.thread_id and o.status = 'running'
         where r.run_id = $1`,
        [runId],
      );
      return row?.at ?? 0;
    },
  };
}

interface LinedRow extends RunRow {
  at: number;
}

const placeAt = (time: string): string =>
  `greatest(0, floor(extract(epoch from (${time} - t.created_at)) * 1000))::float8`;

// Direct runs are their callers' own: nobody else sees them.
const ofThread = `from holdpoint.runs r join holdpoint.threads t using (thread_id)
  where r.thread_id = $1 and r.kind <> 'direct'`;

const begun = `select r.*, ${placeAt("r.started_at")} as at ${ofThread} and r.started_at is not null`;

function lined(row: LinedRow): LinedRun {
  return {
    run: rowToRun(row),
    at: row.at,
    beganAt: row.started_at ?? row.created_at,
    endedAt: row.ended_at,
  };
}
