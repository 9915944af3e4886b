// What is said to Postgres of checkpoints, and how they stand there. Tables and formats are the library's, but for the heads
// that `message-chain.ts` explains.
import type { Checkpoint } from "@langchain/langgraph-checkpoint";
import { headType } from "./message-chain.js";
import { wasLed } from "./takeover-rows.js";

export interface WriteRow {
  checkpoint_ns: string;
  task_id: string;
  channel: "__interrupt__" | "__resume__";
  type: string;
  blob: Buffer;
}

export interface CheckpointRow {
  thread_id: string;
  checkpoint_ns: string;
  checkpoint_id: string;
  parent_checkpoint_id: string | null;
  checkpoint: Checkpoint;
  metadata: Record<string, unknown>;
  channel_values: [Buffer, Buffer, Buffer][] | null;
  pending_writes: [Buffer, Buffer, Buffer, Buffer][] | null;
  /** channel, hash, parent (empty at the beginning of a list), type, blob */
  items: [Buffer, Buffer, Buffer, Buffer, Buffer][] | null;
}

// `for share` makes a takeover of the run wait for this transaction, and this statement see a takeover that committed
// first. Without it a write could slip in between another process's claim and its first read.
const fence =
  "select 1 from holdpoint.runs where run_id = $1 and epoch = $2 and status = 'running' for share";

export const insertStep = `/* checkpoint.put */ with fence as (${fence}),
  items as (
    insert into holdpoint.checkpoint_items
      (thread_id, checkpoint_ns, channel, depth, hash, parent_depth, parent, type, blob)
    select $3, $4, i.channel, i.depth, i.hash, case when i.parent is not null then i.depth - 1 end, i.parent, i.type, i.blob
    from unnest($13::text[], $14::int[], $15::bytea[], $16::bytea[], $17::text[], $18::bytea[])
      i (channel, depth, hash, parent, type, blob), fence
    on conflict do nothing),
  blobs as (
    insert into holdpoint.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    select $3, $4, b.* from unnest($9::text[], $10::text[], $11::text[], $12::bytea[]) b, fence
    on conflict do nothing)
  insert into holdpoint.checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
  select $3, $4, $5, $6, $7::jsonb, $8::jsonb from fence
  on conflict (thread_id, checkpoint_ns, checkpoint_id)
  -- A run that ends where it began writes the step again that it began at. Whose step that was stays.
  do update set checkpoint = excluded.checkpoint,
    metadata = excluded.metadata || jsonb_build_object('run_id', checkpoints.metadata -> 'run_id')
  returning ${wasLed("$3")} as was_led`;

/** @param replaces whether each of them stands for what its task wrote before. */
export const insertWrites = (replaces: boolean): string => `/* checkpoint.write */ with fence as (${fence})
  insert into holdpoint.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
  select $3, $4, $5, $6, w.* from unnest($7::int[], $8::text[], $9::text[], $10::bytea[]) w, fence
  on conflict (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
  do update set ${replaces ? "channel = excluded.channel, type = excluded.type, blob = excluded.blob" : "idx = excluded.idx"}
  returning idx`;

export const selectCheckpoint = `select thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata,
  (select array_agg(array[bl.channel::bytea, bl.type::bytea, coalesce(bl.blob, '')])
   from jsonb_each_text(cp.checkpoint -> 'channel_versions') v
   join holdpoint.checkpoint_blobs bl on bl.thread_id = cp.thread_id and bl.checkpoint_ns = cp.checkpoint_ns
    and bl.channel = v.key and bl.version = v.value) as channel_values,
  (select array_agg(array[it.channel::bytea, it.hash, coalesce(it.parent, ''), it.type::bytea, it.blob])
   from jsonb_each_text(cp.checkpoint -> 'channel_versions') v
   join holdpoint.checkpoint_blobs bl on bl.thread_id = cp.thread_id and bl.checkpoint_ns = cp.checkpoint_ns
    and bl.channel = v.key and bl.version = v.value and bl.type = '${headType}'
   join holdpoint.checkpoint_items it on it.thread_id = cp.thread_id and it.checkpoint_ns = cp.checkpoint_ns
    and it.channel = bl.channel and it.depth <= split_part(convert_from(bl.blob, 'utf8'), ':', 1)::int) as items,
  (select array_agg(array[cw.task_id::text::bytea, cw.channel::bytea, cw.type::bytea, cw.blob] order by cw.task_id, cw.idx)
   from holdpoint.checkpoint_writes cw
   where cw.thread_id = cp.thread_id and cw.checkpoint_ns = cp.checkpoint_ns
    and cw.checkpoint_id = cp.checkpoint_id) as pending_writes
  from holdpoint.checkpoints cp`;

export const selectAnswers = `/* checkpoint.answers */ with heads as (
    select checkpoint_ns, max(checkpoint_id) as checkpoint_id from holdpoint.checkpoints
    where thread_id = $1 and (checkpoint_ns = '' or split_part(checkpoint_ns, '|', 1) = any ($2))
    group by checkpoint_ns)
  select checkpoint_ns, task_id, channel, type, blob
  from holdpoint.checkpoint_writes join heads using (checkpoint_ns, checkpoint_id)
  where thread_id = $1 and channel in ('__interrupt__', '__resume__')`;
