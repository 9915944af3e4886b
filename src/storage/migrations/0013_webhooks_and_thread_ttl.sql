-- Who is told how a run ends.
alter table holdpoint.runs add column webhooks text[] not null default '{}';

-- The outbox: what an address outside is to be told. A row is written in the statement that makes it true, and goes when
-- it was taken. It stands by itself: what it tells of may be deleted before somebody hears of it.
create table holdpoint.webhooks (
  tenant_id       text not null,
  -- Names what happened, for ever: its receiver knows a repeat by it.
  event_id        text not null,
  url             text not null,
  -- What `payload` holds, and how it is told.
  event           text not null,
  payload         jsonb not null,
  state           text not null default 'pending' check (state in ('pending', 'failed')),
  -- Rises with each claim: whoever settles an older one has been replaced.
  attempts        integer not null default 0,
  -- While it is being sent: until when its process may take for it.
  next_attempt_at timestamptz not null default now(),
  last_error      text,
  created_at      timestamptz not null default now(),
  -- Once it was given up.
  failed_at       timestamptz,
  primary key (tenant_id, event_id, url)
);
create index webhooks_due on holdpoint.webhooks (next_attempt_at) where state = 'pending';
create index webhooks_failed on holdpoint.webhooks (failed_at) where state = 'failed';

alter table holdpoint.webhooks enable row level security;
alter table holdpoint.webhooks force row level security;
create policy tenant on holdpoint.webhooks using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker takes what is due, and forgets what was given up, of every tenant.
create policy worker on holdpoint.webhooks using (current_setting('holdpoint.worker', true) = 'on');

-- A thread that is deleted when nothing has happened in it for so long; null: it stays.
alter table holdpoint.threads add column ttl_minutes double precision;
create index threads_with_ttl on holdpoint.threads (updated_at) where ttl_minutes is not null;
