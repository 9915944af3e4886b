-- Who decides a review together. Where nothing is said: one person, as it was.
alter table holdpoint.reviews add column panel jsonb not null
  default '{"quorum": 1, "of": 1, "fourEyes": false, "blind": false, "turns": null, "veto": [], "split": null}';
-- Votes count in the round in which they were given: other arguments or another tier begin a new one.
alter table holdpoint.reviews add column round integer not null default 1;

-- One person's word among several. What was taken back, or counts no more, stays on record.
create table holdpoint.votes (
  vote_id         uuid primary key,
  tenant_id       text not null,
  review_id       uuid not null,
  round           integer not null,
  type            text not null check (type in ('approve', 'reject')),
  by_whom         jsonb not null,
  -- The person behind the account; and the one whose right it is, where they decide in somebody's stead.
  subject         text not null,
  authority       text not null,
  args_hash       text not null,
  -- What they had before them, and of which version of the review.
  seen_hash       text not null,
  version         integer not null,
  reason          text,
  message         text,
  answers         jsonb not null default '[]',
  idempotency_key text,
  at              timestamptz not null default now(),
  -- Until then who gave it may take it back; null: it was final at once.
  undo_until      timestamptz,
  undone_at       timestamptz,
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
-- One vote of a person, and one by a person's right.
create unique index votes_one_each on holdpoint.votes (review_id, round, subject) where undone_at is null;
create unique index votes_one_by_right on holdpoint.votes (review_id, round, authority) where undone_at is null;
-- The newest of each, for whoever watches the queue: a vote changes none of its figures.
create index votes_by_time on holdpoint.votes (tenant_id, at desc);
create index votes_undone on holdpoint.votes (tenant_id, undone_at desc) where undone_at is not null;
alter table holdpoint.votes enable row level security;
alter table holdpoint.votes force row level security;
create policy tenant on holdpoint.votes using (tenant_id = current_setting('holdpoint.tenant', true));

-- Who approved it with whoever decided last; none where one person decides.
alter table holdpoint.decisions add column approved_by jsonb not null default '[]';

-- The votes were divided, and it went up the ladder.
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired', 'orphaned', 'split'));

-- Who decides in whose stead, and until when. Given once; ended by its time, or by being taken back.
create table holdpoint.deputies (
  deputy_id     uuid primary key,
  tenant_id     text not null,
  giver         jsonb not null,
  giver_id      text not null,
  giver_subject text not null,
  -- An account, or the person behind several.
  to_whom       text not null,
  roles         text[] not null,
  until         timestamptz not null,
  reason        text,
  given_at      timestamptz not null default now(),
  revoked_at    timestamptz,
  revoked_by    jsonb
);
create index deputies_of on holdpoint.deputies (tenant_id, to_whom, until) where revoked_at is null;
alter table holdpoint.deputies enable row level security;
alter table holdpoint.deputies force row level security;
create policy tenant on holdpoint.deputies using (tenant_id = current_setting('holdpoint.tenant', true));
