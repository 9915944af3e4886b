-- What went wrong with something that was done, as somebody told it afterwards. It changes nothing of what was done.
create table holdpoint.complaints (
  complaint_id uuid primary key default gen_random_uuid(),
  tenant_id    text not null,
  execution_id uuid not null references holdpoint.executions (execution_id),
  tool         text not null,
  text         text not null,
  by_whom      jsonb not null,
  at           timestamptz not null default now()
);
create index complaints_by_tool on holdpoint.complaints (tenant_id, tool, at desc);
create index complaints_by_execution on holdpoint.complaints (execution_id);
alter table holdpoint.complaints enable row level security;
alter table holdpoint.complaints force row level security;
create policy tenant on holdpoint.complaints using (tenant_id = current_setting('holdpoint.tenant', true));
