-- Reviews whose time is over: to be found by the second, and told to their agents where nobody did.
create index reviews_due on holdpoint.reviews (expires_at) where status = 'open' and expires_at is not null;
create index reviews_expired_untold on holdpoint.reviews (expires_at) where status = 'expired' and resumed_at is null;
-- Nobody did these: a deadline passed.
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired'));
-- To the millisecond, as opened_at: a cursor names it, and has no more.
alter table holdpoint.reviews alter column expires_at type timestamptz(3);
-- The queue: the gravest first, of these what has the least time left, and of these the oldest.
drop index holdpoint.reviews_by_risk;
create index reviews_by_risk on holdpoint.reviews
  (tenant_id, (case level when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end),
   (coalesce(expires_at, 'infinity'::timestamptz(3))), opened_at, review_id)
  where status in ('open', 'claimed');
