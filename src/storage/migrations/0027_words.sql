-- What the person wrote in a thread, as the rules of its agent read it: kept apart from the conversation, which whoever
-- reaches the thread may rewrite. Written only where a policy reads words. What was said first under an id stands.
create table holdpoint.words (
  word_no    bigint generated always as identity,
  tenant_id  text not null,
  thread_id  text not null,
  message_id text not null,
  text       text not null,
  said_at    timestamptz not null default now(),
  primary key (tenant_id, thread_id, message_id)
);
alter table holdpoint.words enable row level security;
alter table holdpoint.words force row level security;
create policy tenant on holdpoint.words using (tenant_id = current_setting('holdpoint.tenant', true));
