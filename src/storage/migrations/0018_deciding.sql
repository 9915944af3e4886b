-- What whoever decided said to the questions of the rules: a list, since jsonb would put names in an order of its own.
alter table holdpoint.decisions add column answers jsonb not null default '[]';

-- Until then who decided may take it back, and nothing comes of it; null: it was final at once.
alter table holdpoint.reviews add column deciding_until timestamptz;

-- What was taken back stays on record; of those that stand there is one for a review.
alter table holdpoint.decisions add column undone_at timestamptz;
alter table holdpoint.decisions drop constraint decisions_review_id_key;
create unique index decisions_one_standing on holdpoint.decisions (review_id) where undone_at is null;
create index decisions_by_review on holdpoint.decisions (review_id);

-- What people did with a review, beside deciding it.
create table holdpoint.review_events (
  event_id  bigint generated always as identity primary key,
  tenant_id text not null,
  review_id uuid not null,
  kind      text not null check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked')),
  by_whom   jsonb not null,
  at        timestamptz not null default now(),
  body      jsonb not null default '{}',
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
create index review_events_by_review on holdpoint.review_events (review_id, event_id);
alter table holdpoint.review_events enable row level security;
alter table holdpoint.review_events force row level security;
create policy tenant on holdpoint.review_events using (tenant_id = current_setting('holdpoint.tenant', true));

-- A claim is a lease beside the status, which stays open: one that has run out is none, without anybody's doing.
alter table holdpoint.reviews add column claimed_until timestamptz;
-- Who gave it to whoever has it; null where they took it themselves.
alter table holdpoint.reviews add column handed_on_by jsonb;
