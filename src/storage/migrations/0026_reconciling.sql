-- Nobody did this either: the hold is gone from its thread.
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired', 'orphaned'));
-- What is walked through to compare the record with the threads.
create index threads_waiting on holdpoint.threads (tenant_id, thread_id) where interrupts <> '{}';
create index executions_begun on holdpoint.executions (started_at) where state = 'claimed';
create policy worker on holdpoint.executions for select using (current_setting('holdpoint.worker', true) = 'on');
create policy worker on holdpoint.actions for select using (current_setting('holdpoint.worker', true) = 'on');
