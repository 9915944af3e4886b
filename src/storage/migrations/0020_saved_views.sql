-- Filters of the queue that a person keeps under a name.
create table holdpoint.saved_views (
  tenant_id  text not null,
  person_id  text not null,
  name       text not null,
  filter     jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, person_id, name)
);
alter table holdpoint.saved_views enable row level security;
alter table holdpoint.saved_views force row level security;
create policy tenant on holdpoint.saved_views using (tenant_id = current_setting('holdpoint.tenant', true));
