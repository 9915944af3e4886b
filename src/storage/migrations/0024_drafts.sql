-- The words of a call that a person finishes with the agent. A draft belongs to its review, and is written under that
-- review's lock: what it reads as stands in the review's arguments, with their hash, after each change.
-- Blocks are JSON in text: jsonb knows no NUL, and puts keys in an order of its own.
create table holdpoint.drafts (
  review_id   uuid primary key,
  tenant_id   text not null,
  field       text not null,
  blocks      text not null,
  proposals   text not null default '[]',
  -- Guards a release without reading the blocks.
  open_blocks int not null check (open_blocks >= 0),
  is_writing  boolean not null,
  version     int not null default 1,
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
alter table holdpoint.drafts enable row level security;
alter table holdpoint.drafts force row level security;
create policy tenant on holdpoint.drafts using (tenant_id = current_setting('holdpoint.tenant', true));

-- Every change of a draft, for good: what stood there, what stands there now, and whose doing it was.
create table holdpoint.draft_changes (
  change_id bigint generated always as identity primary key,
  tenant_id text not null,
  review_id uuid not null,
  -- Null: the whole text at once.
  block_id  text,
  kind      text not null,
  before    text not null,
  after     text not null,
  by_whom   jsonb not null,
  at        timestamptz not null default now(),
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
create index draft_changes_by_review on holdpoint.draft_changes (review_id, change_id);
alter table holdpoint.draft_changes enable row level security;
alter table holdpoint.draft_changes force row level security;
create policy tenant on holdpoint.draft_changes using (tenant_id = current_setting('holdpoint.tenant', true));

-- Who has a draft before them now, and in which block. A row that is not renewed is nobody.
create table holdpoint.draft_editors (
  review_id uuid not null,
  person_id text not null,
  tenant_id text not null,
  block_id  text,
  seen_at   timestamptz not null default now(),
  primary key (review_id, person_id),
  foreign key (tenant_id, review_id) references holdpoint.reviews (tenant_id, review_id)
);
alter table holdpoint.draft_editors enable row level security;
alter table holdpoint.draft_editors force row level security;
create policy tenant on holdpoint.draft_editors using (tenant_id = current_setting('holdpoint.tenant', true));

-- Only of these is a draft looked for.
alter table holdpoint.reviews add column is_drafted boolean not null default false;

-- An answer of an agent that somebody releases before anybody reads it.
alter table holdpoint.reviews drop constraint reviews_kind_check;
alter table holdpoint.reviews add constraint reviews_kind_check
  check (kind in ('review', 'settle', 'question', 'ask', 'handover', 'reply'));
drop index holdpoint.reviews_alike;
create index reviews_alike on holdpoint.reviews (tenant_id, graph_id, tool, decided_at desc)
  where kind in ('review', 'ask', 'handover', 'reply') and decided_at is not null;
