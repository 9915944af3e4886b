-- Who stopped what, and why. While a stop stands nothing that it names is claimed, and no run of an agent that it names is
-- taken up. It is lifted once, by somebody, with a reason; rows stay.
create table holdpoint.stops (
  stop_id    uuid primary key,
  -- Null: of every tenant.
  tenant_id  text,
  kind       text not null check (kind in ('agent', 'tool', 'tenant', 'all')),
  -- Of the agent or the tool.
  name       text,
  by_whom    jsonb not null,
  why        text not null,
  at         timestamptz not null default now(),
  lifted_by  jsonb,
  lifted_why text,
  lifted_at  timestamptz,
  check ((kind = 'all') = (tenant_id is null)),
  check ((kind in ('agent', 'tool')) = (name is not null)),
  check ((lifted_at is null) = (lifted_by is null) and (lifted_at is null) = (lifted_why is null))
);
create unique index stops_one_standing on holdpoint.stops (coalesce(tenant_id, ''), kind, coalesce(name, ''))
  where lifted_at is null;
create index stops_by_tenant on holdpoint.stops (tenant_id, at desc);

alter table holdpoint.stops enable row level security;
alter table holdpoint.stops force row level security;
create policy tenant on holdpoint.stops using (tenant_id = current_setting('holdpoint.tenant', true));
-- What stops everybody is seen by everybody, and written by nobody in a tenant's name.
create policy everybody on holdpoint.stops for select using (tenant_id is null);
create policy worker on holdpoint.stops using (current_setting('holdpoint.worker', true) = 'on');

-- Whoever delivers decisions of every tenant looks at which of them a stop keeps from coming to anything.
create policy worker_delivers on holdpoint.decisions for select using (current_setting('holdpoint.worker', true) = 'on');
