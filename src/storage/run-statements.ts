// The statements that a run lives by.
import { isAlive } from "./process-rows.js";
import { hasLetters, isLed } from "./takeover-rows.js";
import { isExpiredUntold, isFinal } from "./review-clock.js";
import { isStopped, lastLifted, ofReview, waitsForLift } from "./stop-clause.js";
import { tellOfEnd } from "./webhook-rows.js";

/** What the last run of the thread left waiting; a resumption need not read the checkpoint for it. */
const waiting = "(select t.interrupts from holdpoint.threads t where t.thread_id = runs.thread_id)";
/** And what of it people have not let go of. */
const unclosed = `(select coalesce(jsonb_agg(jsonb_build_object('id', v.review_id, 'args_hash', v.args_hash,
      'expires_at', v.expires_at, 'is_decided', v.status = 'decided', 'is_final', ${isFinal("v")})), '[]')
    from holdpoint.reviews v
    where v.thread_id = runs.thread_id and not v.hosted and v.status in ('open', 'claimed', 'decided'))`;

// `do update` even where there is nothing to change: on another tenant's thread row-level security refuses it, while
// `do nothing` would let the run be written beside a thread it may not see.
export const makeThread = `/* thread.ensure */ insert into holdpoint.threads (thread_id, tenant_id, graph_id)
  values ($1, $2, $3) on conflict (thread_id) do update
  set updated_at = now(), graph_id = coalesce(threads.graph_id, excluded.graph_id)`;

// A run starts where nothing of its thread is at work or waits, and nothing is held. Should another process have
// started one in the same moment, the unique index says so, and ours is queued.
const isIdle = `not exists (
    select from holdpoint.runs o where o.thread_id = $3 and o.status in ('pending', 'running'))`;
const isHeld = (thread: string): string => `exists (select from holdpoint.reviews v
    where v.thread_id = ${thread} and not v.hosted and v.status in ('open', 'claimed', 'decided'))`;
/** Of a run that was given back: what is held may be its own, and what it has left to do does not wait for that. */
export const hasBegunAlready = (
  run: string,
): string => `(${run}.epoch > 0 and exists (select from holdpoint.checkpoints k
    where k.thread_id = ${run}.thread_id and k.metadata ->> 'run_id' = ${run}.run_id::text))`;
/** Somebody is at work on this thread, or goes on as soon as they may with what was begun in it. */
export const isUnderWay = (thread: string): string => `exists (select from holdpoint.runs u
    where u.thread_id = ${thread}.thread_id and u.tenant_id = ${thread}.tenant_id
      and (u.status = 'running' or (u.status = 'pending' and (u.kind = 'resume' or u.epoch > 0))))`;
const runColumns = `run_id, tenant_id, thread_id, kind, payload, principal, assistant_id, metadata`;
const startedColumns = `status, epoch, process_id, started_at`;
const startedValues = `case when free then 'running' else 'pending' end, free::int, case when free then $11::uuid end,
    case when free then now() end`;

// LangGraph's clients find threads by the graph and the assistant in their metadata.
export const beginInput = `/* run.begin */ with thread as (
    insert into holdpoint.threads (thread_id, tenant_id, graph_id, metadata)
    values ($3, $2, $9, jsonb_strip_nulls(jsonb_build_object('graph_id', $9::text, 'assistant_id', $7::text)))
    on conflict (thread_id) do update
      set updated_at = now(), graph_id = coalesce(threads.graph_id, excluded.graph_id),
        metadata = threads.metadata || excluded.metadata
    returning thread_id)
  insert into holdpoint.runs (${runColumns}, graph_id, strategy, run_after, webhooks, cron_id, ${startedColumns})
  select $1, $2, thread_id, $4, $5, $6, $7, $8, $9, $13, now() + make_interval(secs => $12), $14, $15, ${startedValues}
  from thread, (select $10 and idle and not held and (not ${isStopped({ tenant: "$2", agent: "$9" })}
      or $5::jsonb ? 'tells' or ${isLed("$3")}) as free, idle and (not held or ${isLed("$3")}) as quiet
    from (select ${isIdle} as idle, ${isHeld("$3")} as held) f) f
  where quiet or $13 <> 'reject'
  returning *, ${hasLetters("runs.thread_id")} as has_letters,
    not exists (select from holdpoint.checkpoints k where k.thread_id = runs.thread_id) as is_first`;

// What goes on is recorded as what it goes on from was: whoever watches the thread sees both.
const asBefore = `(select jsonb_build_object('stream', p.payload -> 'stream') from holdpoint.runs p
    where p.thread_id = $3 and p.payload ? 'stream' order by p.created_at desc limit 1)`;
// And whoever is to be told how it ends is told how this one does: at a hold a run rests, and nothing is over.
const toldBefore = `(select p.webhooks from holdpoint.runs p
    where p.thread_id = $3 and p.kind <> 'direct' and p.started_at is not null order by p.started_at desc limit 1)`;
const together = (some: string, others: string): string =>
  `array(select distinct unnest(${some} || ${others}))`;

export const beginResume = `/* run.begin-resumption */ insert into holdpoint.runs
    (${runColumns}, graph_id, run_after, webhooks, ${startedColumns})
  select $1, $2, thread_id, $4, coalesce(${asBefore}, '{}') || $5::jsonb, $6, $7, $8, graph_id,
    now() + make_interval(secs => $12), ${together(toldBefore, "$13::text[]")}, ${startedValues}
  from (select thread_id, graph_id, graph_id = any ($9) and $10 and ${isIdle}
      and not ${isStopped({ tenant: "$2", agent: "graph_id" })} as free
    from holdpoint.threads where thread_id = $3 and graph_id is not null
      and not ($14::boolean and exists (select from holdpoint.runs u where u.thread_id = $3 and u.kind = 'resume'
        and u.status in ('pending', 'running')))) t
  on conflict (thread_id) where status = 'pending' and kind = 'resume'
  do update set run_after = least(runs.run_after, excluded.run_after), payload = runs.payload || excluded.payload,
    webhooks = ${together("runs.webhooks", "excluded.webhooks")}
  returning *, ${waiting} as waits, ${unclosed} as unclosed`;

export const beginDirect = `/* run.take */ insert into holdpoint.runs (${runColumns}, status, epoch, process_id, graph_id,
    started_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', 1, $9, $10, now()) returning *`;

// As `run.take`, of a thread that is there, and at rest.
export const beginReconciling = `/* run.begin-reconciling */ insert into holdpoint.runs (${runColumns}, status, epoch, process_id,
    graph_id, started_at)
  select $1, $2, t.thread_id, $4, $5, $6, $7, $8, 'running', 1, $9, t.graph_id, now() from holdpoint.threads t
  where t.thread_id = $3 and t.graph_id = any ($10) and not ${isUnderWay("t")} returning *`;

// A run of a thread in which something is held waits, unless it is the resumption that the hold waits for, or has begun
// already. Of those of one thread the first is next: another process may have it in its hands, and `skip locked` would
// pass it over.
export const claimNextRun = `/* run.claim */ update holdpoint.runs set
    status = 'running', epoch = epoch + 1, process_id = $1, started_at = coalesce(started_at, now())
  where run_id = (
    select c.run_id from holdpoint.runs c
    where c.graph_id = any ($2)
      and ((c.status = 'pending' and c.run_after <= now())
        -- Never its own: a process that wakes from a stall still works on them, or gives them back.
        or (c.status = 'running' and c.process_id <> $1 and not ${isAlive("c.process_id")}))
      and not exists (select from holdpoint.runs o
        where o.thread_id = c.thread_id and o.status = 'running' and o.run_id <> c.run_id)
      -- Of an agent that is stopped none is taken, but what a person leads, and what is to end.
      and (not ${isStopped({ tenant: "c.tenant_id", agent: "c.graph_id" })} or c.cancel is not null
        or c.payload ? 'tells' or (c.kind = 'input' and ${isLed("c.thread_id")}))
      -- What is said to a person who leads the conversation is only kept, and that what they wrote is only told.
      and (c.kind = 'resume' or c.status = 'running' or c.payload ? 'tells' or (
        (not ${isHeld("c.thread_id and v.tenant_id = c.tenant_id")} or (c.kind = 'input' and ${isLed("c.thread_id")})
          or ${hasBegunAlready("c")})
        and not exists (select from holdpoint.runs p
          where p.thread_id = c.thread_id and p.status = 'pending' and p.run_after <= now()
            and (p.kind = 'resume' or (p.created_at, p.run_id) < (c.created_at, c.run_id)))))
    order by c.kind = 'resume' desc, c.created_at
    limit 1 for update skip locked)
  returning *, ${waiting} as waits, case when kind = 'resume' then ${unclosed} end as unclosed,
    ${hasLetters("runs.thread_id")} as has_letters`;

// Runs can be deleted by whoever reaches their thread; its owner stays.
export const customerOf = `/* run.customer */ select coalesce(
    (select r.principal from holdpoint.runs r
     where r.thread_id = t.thread_id and r.kind in ('input', 'direct')
       and not r.payload ?| array['tells', 'handedBack'] and r.payload ->> 'operation' is distinct from 'update'
     order by r.created_at desc limit 1),
    case when t.owner is not null then
      jsonb_build_object('id', t.owner, 'kind', 'person', 'roles', '[]'::jsonb, 'tenant', t.tenant_id) end) as principal
  from holdpoint.threads t where t.thread_id = $1 and t.tenant_id = $2`;

/**
 * For whom a run goes on that only delivers what was decided: who wrote what its thread is about. Null where the run is
 * somebody's own. Who decides a call, or resumes with the answer, has not asked for the next one.
 */
export const askerOf = (runId: string): string => `(select c.principal from holdpoint.runs u, lateral (
      select r.principal from holdpoint.runs r
      where r.thread_id = u.thread_id and r.tenant_id = u.tenant_id and r.kind in ('input', 'direct')
        and (r.kind = 'direct' or r.started_at is not null)
        and not r.payload ?| array['tells', 'handedBack'] and r.payload ->> 'operation' is distinct from 'update'
      order by r.created_at desc limit 1) c
    where u.run_id = ${runId} and (u.kind = 'resume' or u.payload -> 'command' ? 'resume'))`;

export const listRuns = `/* run.list */ select * from holdpoint.runs
  where thread_id = $1 and kind <> 'direct' and ($2::text[] is null or status = any ($2))
  order by created_at desc, run_id limit $3 offset $4`;

// Of two runs that would each have the other give way, the later one has its will.
export const cancelRuns = `/* run.cancel */ with asked as (
    update holdpoint.runs r set cancel = $2,
      status = case r.status when 'pending' then 'cancelled' else r.status end,
      ended_at = case r.status when 'pending' then now() end
    where r.thread_id = $1 and r.kind <> 'direct' and r.status in ('pending', 'running')
      and ($3::uuid[] is null or r.run_id = any ($3))
      and ($4::uuid is null or (r.kind <> 'resume' and exists (select from holdpoint.runs n
        where n.run_id = $4 and (r.created_at, r.run_id) < (n.created_at, n.run_id))))
    returning *),
  told as (${tellOfEnd("(select * from asked where status = 'cancelled')")})
  select * from asked`;

/** Of a thread that is about to be deleted. */
export const cancelPending = `/* run.cancel-pending */ with ended as (
    update holdpoint.runs set status = 'cancelled', ended_at = now()
    where thread_id = $1 and status = 'pending' returning *)
  ${tellOfEnd("ended")}`;

const finish = (returning: string, also = ""): string => `/* run.finish */ with ended as (
    update holdpoint.runs set status = $3, error = $4, ended_at = now()
    where run_id = $1 and epoch = $2 and status = 'running' returning ${returning})${also}
  update holdpoint.threads t set updated_at = now(),
    status = case $3 when 'success' then 'idle'
      when 'cancelled' then case when ${isHeld("t.thread_id")} then 'interrupted' else 'idle' end else $3 end,
    interrupts = coalesce($5, t.interrupts), "values" = coalesce($6, t."values")
  from ended where t.thread_id = ended.thread_id
  returning exists (select from holdpoint.runs r where r.thread_id = t.thread_id and r.status = 'pending') as more`;

export const finishRun = finish("thread_id");
// Apart, since most runs tell nobody: the insert alone would cost each of them a fifth of its end.
export const finishAndTell = finish(
  "*",
  `,
  told as (${tellOfEnd("ended", "$7::jsonb")})`,
);

// Beside a resumption that waits another cannot: it stays at work, as the run of a process that is gone.
export const giveBackRun = `/* run.give-back */ update holdpoint.runs r set
    status = case when waits then 'running' else 'pending' end, epoch = epoch + waits::int,
    process_id = case when waits then '00000000-0000-0000-0000-000000000000'::uuid end,
    run_after = now() + make_interval(secs => $3)
  from (select exists (select from holdpoint.runs o join holdpoint.runs g using (thread_id)
    where g.run_id = $1 and g.kind = 'resume' and o.kind = 'resume' and o.status = 'pending') as waits) w
  where run_id = $1 and epoch = $2 and status = 'running'`;

// By itself, and before the steps are looked for: one that is being written now is waited for, and then found.
export const endWriting = `/* run.end-writing */ update holdpoint.runs set epoch = epoch + 1
  where run_id = $1 and epoch = $2 and status = 'running' returning epoch`;

export const takeBackSteps = `/* run.take-back */ with run as (
    select thread_id, started_at from holdpoint.runs where run_id = $1),
  steps as (
    delete from holdpoint.checkpoints c using run
    where c.thread_id = run.thread_id and c.metadata ->> 'run_id' = $1::text
    returning c.thread_id, c.checkpoint_ns, c.checkpoint_id),
  writes as (
    delete from holdpoint.checkpoint_writes w using steps s
    where w.thread_id = s.thread_id and w.checkpoint_ns = s.checkpoint_ns and w.checkpoint_id = s.checkpoint_id),
  -- What was said while a person led the conversation is not the run's: its steps may have been all that held it.
  unplaced as (
    update holdpoint.letters l set placed_at = null from run
    where l.thread_id = run.thread_id and l.placed_at >= run.started_at)
  update holdpoint.reviews r set status = 'superseded', resumed_at = now(), version = version + 1
  from run where r.thread_id = run.thread_id and r.status in ('open', 'claimed', 'decided') and r.kind <> 'settle'
    and r.action_id in (select a.action_id from holdpoint.actions a where a.run_id = $1)`;

/** What ends a statement whose `closed` are reviews that lost their hold. */
export const orphanedNote = (
  by: string,
): string => `insert into holdpoint.review_events (tenant_id, review_id, kind, by_whom, body)
  select tenant_id, review_id, 'orphaned', ${by}, '{}' from closed returning review_id`;

// Under the run's own lease: whoever took the thread over meanwhile may have opened others. Whether something happened is
// asked even where nobody goes on from the answer; and a question goes with its interrupt, by itself.
export const closeOrphans = `/* run.close-orphans */ with ours as (
    select thread_id from holdpoint.runs where run_id = $1 and epoch = $2 and status = 'running' for share),
  closed as (
    update holdpoint.reviews r set resumed_at = now(), version = version + 1,
      status = case r.status when 'expired' then r.status else 'superseded' end
    from ours where r.thread_id = ours.thread_id and not r.hosted and r.review_id <> all ($3::uuid[]) and r.kind <> 'question'
      and (r.status = 'decided' or ${isExpiredUntold("r")} or (r.status in ('open', 'claimed') and r.kind <> 'settle'))
    returning r.tenant_id, r.review_id)
  ${orphanedNote("$4")}`;

export const deleteRun = `/* run.delete */ delete from holdpoint.runs
  where run_id = $1 and thread_id = $2 and status not in ('pending', 'running') returning run_id`;

// Not only the newest checkpoint: a resumption may have gone on from it meanwhile.
export const hasBegun = `/* run.has-begun */ select 1 from holdpoint.checkpoints
  where thread_id = $1 and metadata ->> 'run_id' = $2 limit 1`;

// What was asked in a thread that is gone by now is on record, and nothing is left to go on with.
export const undelivered = `/* run.undelivered */ select distinct r.tenant_id, r.thread_id from holdpoint.reviews r
  where (${isFinal("r")} or ${isExpiredUntold("r")}) and not r.hosted
    and coalesce(r.decided_at, r.expires_at) < now() - make_interval(secs => $1)
    and exists (select from holdpoint.threads t where t.thread_id = r.thread_id and t.tenant_id = r.tenant_id)
    and not exists (select from holdpoint.runs u where u.thread_id = r.thread_id and u.tenant_id = r.tenant_id
      and (u.status = 'running' or (u.status = 'pending' and u.kind = 'resume')))
    and not ${waitsForLift("r")}
    -- A thread that cannot be gone on with is tried more and more seldom, up to every eight minutes.
    and not exists (
      select from (
        select count(*) as n, max(u.ended_at) as last from holdpoint.runs u
        where u.thread_id = r.thread_id and u.tenant_id = r.tenant_id
          and u.kind = 'resume' and u.ended_at > greatest(coalesce(r.decided_at, r.expires_at), r.deciding_until,
            ${lastLifted(ofReview("r"))})) failures
      where failures.last > now() - make_interval(secs => power(2, least(failures.n, 9))))
  limit 200`;
