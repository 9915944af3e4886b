-- What somebody approved in advance: a class of calls, with bounds. It releases nothing by itself: each use is a decision
-- of its own, on exact arguments.
create table holdpoint.standing_approvals (
  approval_id   uuid primary key,
  tenant_id     text not null,
  tool          text not null,
  -- Null in these: of any.
  agent         text,
  thread_id     text,
  cron_id       uuid,
  -- CEL over the arguments.
  condition     text,
  -- The one call that it is for, where it is for one.
  args_hash     text,
  max_amount    numeric,
  per_call      numeric,
  currency      text,
  max_count     integer not null check (max_count > 0),
  until         timestamptz not null,
  -- When on a day it may be used: {zone, days, from, to}.
  hours         jsonb,
  -- No call that waits for a higher one.
  tier          text not null,
  reason        text not null,
  created_at    timestamptz not null default now(),
  used_count    integer not null default 0 check (used_count <= max_count),
  used_amount   numeric not null default 0 check (max_amount is null or used_amount <= max_amount),
  revoked_by    jsonb,
  revoked_why   text,
  revoked_at    timestamptz,
  unique (tenant_id, approval_id),
  check ((revoked_at is null) = (revoked_by is null))
);
create index standing_approvals_live on holdpoint.standing_approvals (tenant_id, tool, until) where revoked_at is null;

-- Who signed, with the roles they had then; the first one made it.
create table holdpoint.standing_signatures (
  tenant_id   text not null,
  approval_id uuid not null,
  person_id   text not null,
  person      jsonb not null,
  signed_at   timestamptz not null default now(),
  primary key (approval_id, person_id),
  foreign key (tenant_id, approval_id) references holdpoint.standing_approvals (tenant_id, approval_id)
);

create table holdpoint.standing_uses (
  tenant_id   text not null,
  approval_id uuid not null,
  action_id   text not null,
  decision_id uuid not null primary key,
  amount      numeric not null,
  used_at     timestamptz not null default now(),
  foreign key (tenant_id, approval_id) references holdpoint.standing_approvals (tenant_id, approval_id)
);
create index standing_uses_by_approval on holdpoint.standing_uses (approval_id, used_at);

alter table holdpoint.standing_approvals enable row level security;
alter table holdpoint.standing_approvals force row level security;
create policy tenant on holdpoint.standing_approvals using (tenant_id = current_setting('holdpoint.tenant', true));
alter table holdpoint.standing_signatures enable row level security;
alter table holdpoint.standing_signatures force row level security;
create policy tenant on holdpoint.standing_signatures using (tenant_id = current_setting('holdpoint.tenant', true));
alter table holdpoint.standing_uses enable row level security;
alter table holdpoint.standing_uses force row level security;
create policy tenant on holdpoint.standing_uses using (tenant_id = current_setting('holdpoint.tenant', true));

-- By which standing approval; null: somebody looked at this very call.
alter table holdpoint.decisions add column approval_id uuid;
create index decisions_by_approval on holdpoint.decisions (approval_id) where approval_id is not null;

-- The cron that began it.
alter table holdpoint.runs add column cron_id uuid;
