-- Runs that begin by the clock.
create table holdpoint.crons (
  cron_id          uuid primary key,
  tenant_id        text not null,
  -- Processes start the crons of the graphs they serve, and no others.
  graph_id         text not null,
  -- Null: the assistant the graph is born with.
  assistant_id     uuid,
  -- Null: a fresh thread for each run.
  thread_id        text,
  schedule         text not null,
  -- Null: UTC.
  timezone         text,
  end_time         timestamptz,
  on_run_completed text not null check (on_run_completed in ('delete', 'keep')),
  enabled          boolean not null,
  payload          jsonb not null,
  metadata         jsonb not null,
  -- In whose name it runs: who wrote it last.
  principal        jsonb not null,
  -- Null: it is disabled, or has come to its end.
  next_run_date    timestamptz,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  foreign key (tenant_id, assistant_id) references holdpoint.assistants on delete cascade,
  foreign key (tenant_id, thread_id) references holdpoint.threads (tenant_id, thread_id) on delete cascade
);
create index crons_due on holdpoint.crons (next_run_date) where next_run_date is not null;
create index crons_by_tenant on holdpoint.crons (tenant_id, created_at desc);
create index crons_by_assistant on holdpoint.crons (tenant_id, assistant_id);
create index crons_by_thread on holdpoint.crons (tenant_id, thread_id);

alter table holdpoint.crons enable row level security;
alter table holdpoint.crons force row level security;
create policy tenant on holdpoint.crons using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker takes what is due, of every tenant.
create policy worker on holdpoint.crons using (current_setting('holdpoint.worker', true) = 'on');
