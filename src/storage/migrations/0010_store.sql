-- What agents remember across threads: a JSON object under a path of labels and a key.
create table holdpoint.store_items (
  tenant_id   text not null,
  -- The labels of the namespace, a dot after each: no label has one. In byte order, so that all below a path is one
  -- range of the primary key. A text[] could not be searched by index: under row-level security its operators may
  -- only look at rows that the policies have let through already.
  path        text collate "C" not null,
  key         text collate "C" not null,
  value       jsonb not null,
  -- An item that is read lives as long again; null: for ever.
  ttl_minutes double precision,
  expires_at  timestamptz,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  primary key (tenant_id, path, key)
);
create index store_items_expiring on holdpoint.store_items (expires_at) where expires_at is not null;

alter table holdpoint.store_items enable row level security;
alter table holdpoint.store_items force row level security;
create policy tenant on holdpoint.store_items using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker removes what has expired, of every tenant.
create policy worker on holdpoint.store_items
  using (current_setting('holdpoint.worker', true) = 'on' and expires_at is not null);
