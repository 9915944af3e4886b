-- Whose hold it is: one of our own runs' (ours to wait for and to deliver), or a host's, whose checkpoints we do not see.
alter table holdpoint.reviews add column hosted boolean not null default false;
update holdpoint.reviews r set hosted = true
from holdpoint.actions a where a.action_id = r.action_id and a.run_id is null;
