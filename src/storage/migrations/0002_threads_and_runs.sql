-- Who is alive. A run or an execution belongs to a process; when the process stops renewing, both are free to take.
create table holdpoint.processes (
  process_id  uuid primary key,
  started_at  timestamptz not null default now(),
  alive_until timestamptz not null
);

create table holdpoint.threads (
  thread_id  text primary key,
  tenant_id  text not null,
  graph_id   text,
  status     text not null default 'idle' check (status in ('idle', 'busy', 'interrupted', 'error')),
  metadata   jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- For the foreign keys that carry the tenant: a foreign key looks past row-level security.
  unique (tenant_id, thread_id)
);
create index threads_by_tenant on holdpoint.threads (tenant_id, updated_at desc);

create table holdpoint.runs (
  run_id     uuid primary key,
  tenant_id  text not null,
  thread_id  text not null,
  -- Processes take up runs of the graphs they serve, and no others.
  graph_id   text not null,
  -- input: a message to the agent. resume: decisions to deliver. direct: a caller that drives the graph itself.
  kind       text not null check (kind in ('input', 'resume', 'direct')),
  status     text not null default 'pending'
             check (status in ('pending', 'running', 'success', 'interrupted', 'error')),
  -- Rises with each claim. Whoever writes with an older one has been replaced and changes nothing.
  epoch      integer not null default 0,
  process_id uuid,
  payload    jsonb not null default '{}',
  principal  jsonb not null,
  error      jsonb,
  created_at timestamptz not null default clock_timestamp(),
  run_after  timestamptz not null default now(),
  started_at timestamptz,
  ended_at   timestamptz,
  foreign key (tenant_id, thread_id) references holdpoint.threads (tenant_id, thread_id) on delete cascade
);
create unique index runs_one_at_a_time on holdpoint.runs (thread_id) where status = 'running';
create unique index runs_one_resume_waits on holdpoint.runs (thread_id) where status = 'pending' and kind = 'resume';
create index runs_unfinished on holdpoint.runs (status, run_after) where status in ('pending', 'running');
create index runs_by_thread on holdpoint.runs (thread_id, created_at desc);

alter table holdpoint.threads enable row level security;
alter table holdpoint.threads force row level security;
create policy tenant on holdpoint.threads
  using (tenant_id = current_setting('holdpoint.tenant', true));

alter table holdpoint.runs enable row level security;
alter table holdpoint.runs force row level security;
create policy tenant on holdpoint.runs
  using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker takes runs of every tenant; it sets this for the statement that claims, and for no other.
create policy worker on holdpoint.runs
  using (current_setting('holdpoint.worker', true) = 'on');
