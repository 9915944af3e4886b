// Processes: who is alive. A run or an execution belongs to one, and is free to take when its process has lapsed.
import type { Database } from "./database.js";

export interface ProcessStore {
  /** This process, as runs and executions name it. */
  readonly processId: string;
  renewProcess(leaseMs: number): Promise<void>;
  /** Was another process alive at the last renewal? Where none was, nobody has to be told of anything. */
  hasCompany(): boolean;
  /** Does this process's lease still hold, by its own clock? It never says so longer than the table does. */
  holdsLease(): boolean;
  endProcess(): Promise<void>;
}

/** @param db best one of its own: a lease must not wait behind statements that hang. */
export function createProcessStore(db: Database, processId: string): ProcessStore {
  let leasedUntil = 0;
  let others = 1;

  return {
    processId,

    async renewProcess(leaseMs) {
      // Counted from before the statement, whose own clock starts later.
      const until = performance.now() + leaseMs;
      const [row] = await db.once<{ others: number }>(
        "worker",
        `/* process.renew */ with gone as (
           -- A lapsed row says no more than a missing one.
           delete from holdpoint.processes where alive_until < now() - interval '1 hour')
         insert into holdpoint.processes (process_id, alive_until)
         values ($1, now() + make_interval(secs => $2))
         on conflict (process_id) do update set alive_until = excluded.alive_until
         returning (select count(*)::int from holdpoint.processes p
           where p.process_id <> $1 and p.alive_until > now()) as others`,
        [processId, leaseMs / 1000],
        "later",
      );
      others = row?.others ?? 1;
      leasedUntil = Math.max(leasedUntil, until);
    },

    hasCompany: () => others > 0,

    holdsLease: () => performance.now() < leasedUntil,

    async endProcess() {
      leasedUntil = 0;
      await db.once("worker", "/* process.end */ delete from holdpoint.processes where process_id = $1", [
        processId,
      ]);
    },
  };
}

/** SQL: is the process still renewing its lease, by the database's clock? */
export function isAlive(column: string): string {
  return `exists (select from holdpoint.processes p where p.process_id = ${column} and p.alive_until > now())`;
}
