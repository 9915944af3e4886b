-- A scalar subquery is looked up for each row by the thread's key. Of `exists`, Postgres may instead read all threads of
-- the tenant into a hash, for one checkpoint; and it keeps a plan that it made while there were few of them.
drop policy tenant on holdpoint.checkpoints;
create policy tenant on holdpoint.checkpoints
  using ((select true from holdpoint.threads t where t.thread_id = checkpoints.thread_id));

drop policy tenant on holdpoint.checkpoint_blobs;
create policy tenant on holdpoint.checkpoint_blobs
  using ((select true from holdpoint.threads t where t.thread_id = checkpoint_blobs.thread_id));

drop policy tenant on holdpoint.checkpoint_writes;
create policy tenant on holdpoint.checkpoint_writes
  using ((select true from holdpoint.threads t where t.thread_id = checkpoint_writes.thread_id));

drop policy tenant on holdpoint.checkpoint_items;
create policy tenant on holdpoint.checkpoint_items
  using ((select true from holdpoint.threads t where t.thread_id = checkpoint_items.thread_id));
