alter table holdpoint.runs
  -- As its caller named it.
  add column assistant_id text,
  add column metadata jsonb not null default '{}',
  add column strategy text not null default 'enqueue'
    check (strategy in ('reject', 'enqueue', 'interrupt', 'rollback')),
  -- Asked for by a client; done by whoever works on the run.
  add column cancel text check (cancel in ('interrupt', 'rollback')),
  drop constraint runs_kind_check,
  -- command: a client steers a graph that is not guarded.
  add constraint runs_kind_check check (kind in ('input', 'command', 'resume', 'direct')),
  drop constraint runs_status_check,
  add constraint runs_status_check
    check (status in ('pending', 'running', 'success', 'interrupted', 'error', 'cancelled'));

alter table holdpoint.threads
  -- What waits in it, by task, and its values without its messages: as its last run left them, to be searched.
  add column interrupts jsonb not null default '{}',
  add column "values" jsonb not null default '{}',
  -- Made for one run, and gone some time after it.
  add column temporary boolean not null default false;
-- The worker removes temporary threads of every tenant; it may see which they are, and deletes each as its tenant.
create policy worker on holdpoint.threads for select using (current_setting('holdpoint.worker', true) = 'on');

-- What a run emitted, for whoever joins its stream late, or again, or at another process.
create table holdpoint.run_events (
  tenant_id text not null,
  run_id    uuid not null references holdpoint.runs on delete cascade,
  -- A process that takes a run over numbers anew: what it emits comes after all that the one before it did.
  epoch     integer not null,
  seq       integer not null,
  event     text not null,
  namespace text[] not null,
  data      text not null,
  at        timestamptz not null default now(),
  primary key (run_id, epoch, seq)
);
create index run_events_by_age on holdpoint.run_events using brin (at);

alter table holdpoint.run_events enable row level security;
alter table holdpoint.run_events force row level security;
create policy tenant on holdpoint.run_events using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker deletes what has been kept long enough, of every tenant.
create policy worker on holdpoint.run_events for all using (current_setting('holdpoint.worker', true) = 'on');
