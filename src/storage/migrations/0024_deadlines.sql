-- Reviews whose time is over: to be found by the second, and told to their agents where nobody did.
create index reviews_due on holdpoint.reviews (expires_at) where status = 'open' and expires_at is not null;
create index reviews_expired_untold on holdpoint.reviews (expires_at) where status = 'expired' and resumed_at is null;
-- Nobody did these: a deadline passed.
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired'));
