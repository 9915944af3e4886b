-- Who began a thread, by their id as the door knew them. A caller without a role reaches their own threads only; null
-- (a thread from before, or of the library) is nobody's, and reached by those with a role.
alter table holdpoint.threads add column owner text;
create index threads_by_owner on holdpoint.threads (tenant_id, owner, updated_at) where owner is not null;
