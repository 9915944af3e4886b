-- What people say to each other about a review; `to`: whom they ask.
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired', 'orphaned',
    'split', 'extended', 'commented'));
-- Was anything said since one looked last? Who is asked?
create index review_events_commented on holdpoint.review_events (tenant_id, event_id) where kind = 'commented';
create index review_events_asking on holdpoint.review_events (tenant_id, (body ->> 'to'), review_id)
  where kind = 'commented' and body ->> 'to' is not null;
