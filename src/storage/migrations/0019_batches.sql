-- Holds that were decided together: by whom, and which of them had been looked at.
create table holdpoint.batches (
  batch_id   uuid primary key,
  tenant_id  text not null,
  opened_by  jsonb not null,
  opened_at  timestamptz not null,
  -- The batch an objection took apart, of which this is the rest.
  split_from uuid,
  ended      text check (ended in ('approve', 'reject', 'split')),
  ended_at   timestamptz
);
create table holdpoint.batch_members (
  batch_id  uuid not null references holdpoint.batches,
  tenant_id text not null,
  review_id uuid not null,
  -- In the order of the table that people see.
  place     integer not null,
  args_hash text not null,
  in_sample boolean not null,
  opened_at timestamptz,
  primary key (batch_id, review_id)
);
create index batches_of_review on holdpoint.batch_members (review_id);

alter table holdpoint.batches enable row level security;
alter table holdpoint.batches force row level security;
create policy tenant on holdpoint.batches using (tenant_id = current_setting('holdpoint.tenant', true));
alter table holdpoint.batch_members enable row level security;
alter table holdpoint.batch_members force row level security;
create policy tenant on holdpoint.batch_members using (tenant_id = current_setting('holdpoint.tenant', true));
