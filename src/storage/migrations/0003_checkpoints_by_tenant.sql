-- A list channel of messages as a chain: each item is stored once, and a version of the list is the hash and depth
-- of its last item. A hash covers all items before it, so a fork is a second chain that shares its beginning.
create table holdpoint.checkpoint_items (
  thread_id     text not null,
  checkpoint_ns text not null,
  channel       text not null,
  depth         integer not null,
  hash          bytea not null,
  parent_depth  integer,
  parent        bytea,
  type          text not null,
  blob          bytea not null,
  primary key (thread_id, checkpoint_ns, channel, depth, hash),
  foreign key (thread_id, checkpoint_ns, channel, parent_depth, parent)
    references holdpoint.checkpoint_items (thread_id, checkpoint_ns, channel, depth, hash) on delete cascade
);

-- Checkpoints carry no tenant: they are reached through their thread, whose own policy hides it from other tenants.
alter table holdpoint.checkpoints enable row level security;
alter table holdpoint.checkpoints force row level security;
create policy tenant on holdpoint.checkpoints
  using (exists (select from holdpoint.threads t where t.thread_id = checkpoints.thread_id));

alter table holdpoint.checkpoint_blobs enable row level security;
alter table holdpoint.checkpoint_blobs force row level security;
create policy tenant on holdpoint.checkpoint_blobs
  using (exists (select from holdpoint.threads t where t.thread_id = checkpoint_blobs.thread_id));

alter table holdpoint.checkpoint_writes enable row level security;
alter table holdpoint.checkpoint_writes force row level security;
create policy tenant on holdpoint.checkpoint_writes
  using (exists (select from holdpoint.threads t where t.thread_id = checkpoint_writes.thread_id));

alter table holdpoint.checkpoint_items enable row level security;
alter table holdpoint.checkpoint_items force row level security;
create policy tenant on holdpoint.checkpoint_items
  using (exists (select from holdpoint.threads t where t.thread_id = checkpoint_items.thread_id));
