// What runs emitted, kept for a while: one row an event, written in batches by the process that works on the run.
import type { Database } from "./database.js";
import { storable } from "./execution-rows.js";
import type { Run } from "./run-rows.js";

/** One thing a run emitted: a piece of a stream mode of LangGraph's, in its wire form. */
export interface RunEvent {
  /** LangGraph's stream mode, or `metadata` or `error`. */
  event: string;
  /** Of the subgraph it comes from; empty for the graph itself. */
  namespace: readonly string[];
  /** JSON. */
  data: string;
}

/** Where an event stands among all of its run: by the attempt that emitted it, then in the order of emission. */
export interface Place {
  epoch: number;
  seq: number;
}

export type PlacedEvent = RunEvent & Place;

export interface EventStore {
  /** Appends events of one's own epoch; false where another process has taken the run. */
  write(run: Run, events: readonly PlacedEvent[]): Promise<boolean>;
  /** The next events of a run, in order. */
  read(tenant: string, runId: string, after: Place, limit: number): Promise<PlacedEvent[]>;
  /** Forgets the events of runs that ended so long ago. */
  forget(olderThanMs: number): Promise<void>;
}

export function createEventStore(db: Database): EventStore {
  return {
    async write(run, events) {
      const rows = await db.once(
        { tenant: run.tenant },
        `/* event.write */ insert into holdpoint.run_events (tenant_id, run_id, epoch, seq, event, namespace, data)
         select r.tenant_id, r.run_id, r.epoch, e.seq, e.event, array(select jsonb_array_elements_text(e.namespace)), e.data
         from holdpoint.runs r, jsonb_to_recordset($3) e (seq int, event text, namespace jsonb, data text)
         where r.run_id = $1 and r.epoch = $2 and r.status = 'running'
         on conflict do nothing returning seq`,
        [
          run.id,
          run.epoch,
          JSON.stringify(
            events.map(({ seq, event, namespace, data }) => ({
              seq,
              event,
              namespace,
              data: storable(data),
            })),
          ),
        ],
      );
      return rows.length > 0 || events.length === 0;
    },

    async read(tenant, runId, after, limit) {
      return db.once<PlacedEvent>(
        { tenant },
        `/* event.read */ select epoch, seq, event, namespace, data from holdpoint.run_events
         where run_id = $1 and (epoch, seq) > ($2, $3) order by epoch, seq limit $4`,
        [runId, after.epoch, after.seq, limit],
      );
    },

    async forget(olderThanMs) {
      await db.once(
        "worker",
        `/* event.forget */ delete from holdpoint.run_events e using holdpoint.runs r
         -- No event is younger than the end of its run; its own age is what the index knows.
         where e.at < now() - make_interval(secs => $1) and r.run_id = e.run_id
           and r.ended_at < now() - make_interval(secs => $1)`,
        [olderThanMs / 1000],
      );
    },
  };
}
