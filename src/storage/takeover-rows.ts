// Who leads a conversation in its agent's place, and the letters written meanwhile. Each guard stands in the statement
// that writes.
import type { Principal } from "../kernel/principal.js";
import type { Due, Letter, Letters, TakeOver } from "../review/taking-over.js";
import type { Database, Sql } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";

export interface TakeOverStore extends Letters {
  /** Null where somebody else leads it, or (with `from`) not the one it is to be taken from. */
  begin(
    tenant: string,
    takeOver: { id: string; threadId: string; by: Principal; after: string | null; from: string | null },
  ): Promise<TakeOver | null>;
  /** Null where nobody leads it. */
  leading(tenant: string, threadId: string): Promise<TakeOver | null>;
  /** Keeps what the one who leads writes; false for anybody else. */
  write(tenant: string, threadId: string, by: string, letter: Letter): Promise<boolean>;
  /**
   * Of these messages, those that people wrote who led the conversation, by id. A state can be written by whoever reaches
   * its thread: who wrote what is told by the rows alone.
   */
  authors(tenant: string, threadId: string, ids: readonly string[]): Promise<Authors>;
  /** In their order, the newest of them. */
  ofThread(tenant: string, threadId: string): Promise<TakeOver[]>;
}

export type Authors = ReadonlyMap<string, { by: string; text: string }>;

export const isLed = (thread: string): string =>
  `exists (select from holdpoint.takeovers k where k.thread_id = ${thread} and k.handed_back_at is null)`;
/** Somebody leads the conversation, or letters of it may not have reached the graph's state yet. */
export const hasLetters = (thread: string): string => `(${isLed(thread)}
    or exists (select from holdpoint.letters l where l.thread_id = ${thread} and l.placed_at is null))`;

/** There may be something that the agent has to look at before its turn: a leader, letters, or notes. */
export const wasLed = (thread: string): string => `(
    exists (select from holdpoint.takeovers k where k.thread_id = ${thread})
    or exists (select from holdpoint.letters l where l.thread_id = ${thread} and l.placed_at is null))`;

export function createTakeOverStore(db: Database): TakeOverStore {
  return {
    async due(tenant, threadId) {
      const [row] = await db.once<{
        leader: string | null;
        letters: Letter[] | null;
        notes: Due["notes"] | null;
      }>(
        { tenant },
        `/* letter.due */ select
           (select k.taken_by ->> 'id' from holdpoint.takeovers k
            where k.thread_id = $1 and k.handed_back_at is null) as leader,
           (select jsonb_agg(l.message order by l.place) from holdpoint.letters l
            where l.thread_id = $1 and l.placed_at is null) as letters,
           (select jsonb_agg(jsonb_build_object('by', k.taken_by ->> 'id', 'text', k.note) order by k.taken_at)
            from holdpoint.takeovers k where k.tenant_id = $2 and k.thread_id = $1 and k.note is not null) as notes`,
        [threadId, tenant],
      );
      return { leader: row?.leader ?? null, letters: row?.letters ?? [], notes: row?.notes ?? [] };
    },

    async keep(tenant, threadId, letters) {
      const [row] = await db.once<{ kept: boolean }>(
        { tenant },
        `/* letter.keep */ with led as (
           select 1 from holdpoint.takeovers where thread_id = $2 and handed_back_at is null for share),
         kept as (
           insert into holdpoint.letters (tenant_id, thread_id, letter_id, message)
           select $1, $2, m ->> 'id', m from led, jsonb_array_elements($3::jsonb) with ordinality g (m, n) order by n
           on conflict do nothing returning letter_id),
         known as (
           select letter_id from holdpoint.letters
           where tenant_id = $1 and thread_id = $2 and letter_id = any ($4::text[]))
         select $4::text[] <@ array(select letter_id from kept union all select letter_id from known) as kept`,
        [tenant, threadId, storableJson(letters), letters.map(({ id }) => id)],
      );
      return row?.kept ?? false;
    },

    async placed({ tenant, threadId, run }, ids) {
      await db.once(
        { tenant },
        // `for share`: a run that is being taken back takes its marks back, or leaves none.
        `/* letter.placed */ with ours as (
           select 1 from holdpoint.runs where run_id = $4 and epoch = $5 and status = 'running' for share)
         update holdpoint.letters set placed_at = now()
         where tenant_id = $1 and thread_id = $2 and letter_id = any ($3) and placed_at is null
           and exists (select from ours)`,
        [tenant, threadId, ids, run.id, run.epoch],
      );
    },

    async begin(tenant, { id, threadId, by, after, from }) {
      const [row] = await db.once<TakeOverRow>(
        { tenant },
        `/* takeover.begin */ with before as (
           update holdpoint.takeovers set handed_back_at = now(), back_after = $5, taken_from_by = $4::jsonb ->> 'id'
           where thread_id = $3 and handed_back_at is null and taken_by ->> 'id' = $6 returning 1)
         insert into holdpoint.takeovers (takeover_id, tenant_id, thread_id, taken_by, taken_after)
         select $1, $2, $3, $4, $5
         where $6::text is null or exists (select from before)
         on conflict (thread_id) where handed_back_at is null do nothing
         returning *`,
        [id, tenant, threadId, storableJson(by), after, from],
      );
      return row ? rowToTakeOver(row) : null;
    },

    async leading(tenant, threadId) {
      const [row] = await db.once<TakeOverRow>(
        { tenant },
        "/* takeover.leading */ select * from holdpoint.takeovers where thread_id = $1 and handed_back_at is null",
        [threadId],
      );
      return row ? rowToTakeOver(row) : null;
    },

    async write(tenant, threadId, by, letter) {
      const [row] = await db.once<{ ours: boolean }>(
        { tenant },
        `/* letter.write */ with led as (
           select 1 from holdpoint.takeovers
           where thread_id = $2 and handed_back_at is null and taken_by ->> 'id' = $3 for share),
         written as (
           insert into holdpoint.letters (tenant_id, thread_id, letter_id, message) select $1, $2, $4, $5 from led
           on conflict do nothing)
         select exists (select from led) as ours`,
        [tenant, threadId, by, letter.id, storableJson(letter)],
      );
      return row?.ours ?? false;
    },

    async authors(tenant, threadId, ids) {
      if (ids.length === 0) return new Map();
      const rows = await db.once<{ id: string; by: string; text: string }>(
        { tenant },
        `/* letter.authors */ select letter_id as id, message ->> 'content' as text,
           message #>> '{additional_kwargs,holdpoint,writtenBy}' as by
         from holdpoint.letters
         where tenant_id = $1 and thread_id = $2 and letter_id = any ($3) and message ->> 'type' = 'ai'`,
        [tenant, threadId, ids],
      );
      return new Map(rows.map(({ id, ...wrote }) => [id, wrote]));
    },

    async ofThread(tenant, threadId) {
      const rows = await db.once<TakeOverRow>(
        { tenant },
        `/* takeover.of-thread */ select * from holdpoint.takeovers where tenant_id = $1 and thread_id = $2
         order by taken_at desc limit 200`,
        [tenant, threadId],
      );
      return rows.toReversed().map(rowToTakeOver);
    },
  };
}

interface TakeOverRow {
  takeover_id: string;
  taken_by: Principal;
  taken_at: Date;
  taken_after: string | null;
  handed_back_at: Date | null;
  back_after: string | null;
  taken_from_by: string | null;
  note: string | null;
}

function rowToTakeOver(row: TakeOverRow): TakeOver {
  return {
    id: row.takeover_id,
    by: row.taken_by,
    at: row.taken_at,
    after: row.taken_after,
    back: row.handed_back_at && {
      at: row.handed_back_at,
      after: row.back_after,
      takenBy: row.taken_from_by,
      note: row.note,
    },
  };
}

/** Null for anybody but the one who leads. */
export async function endTakeOver(
  sql: Sql,
  threadId: string,
  by: string,
  { after, note }: { after: string | null; note: string | null },
): Promise<TakeOver | null> {
  const [row] = await sql.query<TakeOverRow>(
    `/* takeover.end */ update holdpoint.takeovers set handed_back_at = now(), back_after = $3, note = $4
     where thread_id = $1 and handed_back_at is null and taken_by ->> 'id' = $2 returning *`,
    [threadId, by, after, storable(note)],
  );
  return row ? rowToTakeOver(row) : null;
}

/** Of those that came with the checkpoints, too: who wrote them is told by nothing else. */
export async function copyLetters(sql: Sql, threadId: string, copyId: string): Promise<void> {
  await sql.query(
    `/* letter.copy */ insert into holdpoint.letters (tenant_id, thread_id, letter_id, message, written_at, placed_at)
     select tenant_id, $2, letter_id, message, written_at, placed_at from holdpoint.letters
     where thread_id = $1 order by place`,
    [threadId, copyId],
  );
}
