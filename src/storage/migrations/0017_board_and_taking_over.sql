-- What is being carried out, and what came to an end today, the newest first: what ran, what nobody knows the outcome
-- of, what the policy refused, what was withdrawn or ran out.
create index executions_claimed on holdpoint.executions (tenant_id, started_at desc) where state = 'claimed';
create index executions_by_end on holdpoint.executions (tenant_id, settled_at desc)
  where state in ('succeeded', 'failed');
create index executions_unknown on holdpoint.executions (tenant_id, started_at desc) where state = 'unknown';
create index actions_refused on holdpoint.actions (tenant_id, created_at desc) where route = 'refuse';
create index reviews_ended on holdpoint.reviews (tenant_id, resumed_at desc) where status in ('expired', 'superseded');

-- A person who leads a conversation in its agent's place: one at a time.
create table holdpoint.takeovers (
  takeover_id    uuid primary key,
  tenant_id      text not null,
  thread_id      text not null,
  taken_by       jsonb not null,
  taken_at       timestamptz not null default now(),
  -- The turns it stands behind when the thread is read; null: before all of them.
  taken_after    text,
  handed_back_at timestamptz,
  back_after     text,
  -- Who took it from the one who had it; null: it was handed back.
  taken_from_by  text,
  -- For the agent, not for who chats with it.
  note           text,
  foreign key (tenant_id, thread_id) references holdpoint.threads (tenant_id, thread_id) on delete cascade
);
create unique index takeovers_one_at_a_time on holdpoint.takeovers (thread_id) where handed_back_at is null;
create index takeovers_by_thread on holdpoint.takeovers (thread_id, taken_at);

-- What was said meanwhile, in its order, until the agent's next turn writes it into the graph's state: a state update of
-- its own would lose what waits there. A message is known by its id, so that it gets there once.
create table holdpoint.letters (
  tenant_id  text not null,
  thread_id  text not null,
  letter_id  text not null,
  place      bigint generated always as identity,
  message    jsonb not null,
  written_at timestamptz not null default now(),
  -- Seen in the graph's state.
  placed_at  timestamptz,
  primary key (tenant_id, thread_id, letter_id),
  foreign key (tenant_id, thread_id) references holdpoint.threads (tenant_id, thread_id) on delete cascade
);
create index letters_due on holdpoint.letters (thread_id, place) where placed_at is null;

alter table holdpoint.takeovers enable row level security;
alter table holdpoint.takeovers force row level security;
create policy tenant on holdpoint.takeovers using (tenant_id = current_setting('holdpoint.tenant', true));
-- The worker takes up runs of threads that a person leads, though something in them waits.
create policy worker on holdpoint.takeovers for select using (current_setting('holdpoint.worker', true) = 'on');

alter table holdpoint.letters enable row level security;
alter table holdpoint.letters force row level security;
create policy tenant on holdpoint.letters using (tenant_id = current_setting('holdpoint.tenant', true));
create policy worker on holdpoint.letters for select using (current_setting('holdpoint.worker', true) = 'on');
