-- Arguments are text, never jsonb: jsonb re-orders keys and rewrites numbers, and the hash is over these bytes.

-- One row per proposed call. The row, not the graph's state, releases an effect.
create table holdpoint.actions (
  action_id    text primary key,
  tenant_id    text not null,
  thread_id    text not null,
  run_id       uuid,
  message_id   text not null,
  call_index   integer not null,
  call_id      text not null,
  tool         text not null,
  args         text not null,
  args_hash    text not null,
  route        text not null check (route in ('execute', 'review', 'approve', 'draft', 'refuse')),
  assessment   jsonb not null,
  requested_by jsonb not null,
  created_at   timestamptz not null default now(),
  -- For the foreign keys that carry the tenant: a foreign key looks past row-level security.
  unique (tenant_id, action_id)
);
create index actions_by_thread on holdpoint.actions (thread_id, created_at);

create table holdpoint.reviews (
  review_id    uuid primary key,
  tenant_id    text not null,
  thread_id    text not null,
  action_id    text not null,
  -- review: may it run? settle: it was attempted and nobody knows the outcome; did it happen?
  kind         text not null check (kind in ('review', 'settle')),
  status       text not null default 'open'
               check (status in ('open', 'claimed', 'decided', 'resumed', 'expired', 'superseded')),
  -- Rises with every change a reviewer could have missed.
  version      integer not null default 1,
  tool         text not null,
  args         text not null,
  args_hash    text not null,
  level        text not null,
  tier         text not null,
  roles        text[] not null,
  title        text not null,
  reasons      jsonb not null,
  requested_by jsonb not null,
  claimed_by   jsonb,
  opened_at    timestamptz not null default date_trunc('milliseconds', now()),
  expires_at   timestamptz,
  decided_at   timestamptz,
  resumed_at   timestamptz,
  unique (tenant_id, review_id),
  foreign key (tenant_id, action_id) references holdpoint.actions (tenant_id, action_id)
);
create unique index reviews_one_open on holdpoint.reviews (action_id, kind) where status in ('open', 'claimed');
create index reviews_queue on holdpoint.reviews (tenant_id, opened_at, review_id) where status in ('open', 'claimed');
create index reviews_of_thread on holdpoint.reviews (thread_id) where status in ('open', 'claimed', 'decided');
create index reviews_by_action on holdpoint.reviews (action_id, opened_at desc);
create index reviews_to_resume on holdpoint.reviews (decided_at) where status = 'decided';

create table holdpoint.decisions (
  decision_id     uuid primary key,
  tenant_id       text not null,
  -- One final decision for a review, whatever else goes wrong.
  review_id       uuid not null unique,
  action_id       text not null,
  type            text not null
                  check (type in ('approve', 'edit', 'reject', 'respond', 'happened', 'not_happened', 'retry')),
  args            text not null,
  args_hash       text not null,
  -- What the reviewer had before them.
  seen_hash       text not null,
  reason          text,
  message         text,
  decided_by      jsonb not null,
  idempotency_key text,
  decided_at      timestamptz not null default now(),
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id),
  foreign key (tenant_id, action_id) references holdpoint.actions (tenant_id, action_id)
);
create index decisions_by_action on holdpoint.decisions (action_id);

create table holdpoint.executions (
  execution_id uuid primary key,
  tenant_id    text not null,
  -- At most one execution of an action, for ever.
  action_id    text not null unique,
  review_id    uuid,
  thread_id    text not null,
  tool         text not null,
  args         text not null,
  args_hash    text not null,
  key          text not null unique,
  effect       text not null check (effect in ('transactional', 'keyed', 'queryable', 'blind')),
  state        text not null check (state in ('claimed', 'succeeded', 'failed', 'unknown')),
  epoch        integer not null default 1,
  process_id   uuid not null,
  result       text,
  error        text,
  -- Records that came too late to count: kept for the person who settles.
  evidence     jsonb not null default '[]',
  started_at   timestamptz not null default now(),
  settled_at   timestamptz,
  foreign key (tenant_id, action_id) references holdpoint.actions (tenant_id, action_id),
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
create index executions_by_thread on holdpoint.executions (thread_id, started_at);

alter table holdpoint.actions enable row level security;
alter table holdpoint.actions force row level security;
create policy tenant on holdpoint.actions using (tenant_id = current_setting('holdpoint.tenant', true));

alter table holdpoint.reviews enable row level security;
alter table holdpoint.reviews force row level security;
create policy tenant on holdpoint.reviews using (tenant_id = current_setting('holdpoint.tenant', true));
create policy worker on holdpoint.reviews for select using (current_setting('holdpoint.worker', true) = 'on');

alter table holdpoint.decisions enable row level security;
alter table holdpoint.decisions force row level security;
create policy tenant on holdpoint.decisions using (tenant_id = current_setting('holdpoint.tenant', true));

alter table holdpoint.executions enable row level security;
alter table holdpoint.executions force row level security;
create policy tenant on holdpoint.executions using (tenant_id = current_setting('holdpoint.tenant', true));
