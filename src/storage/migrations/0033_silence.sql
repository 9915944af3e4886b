-- What happens where nobody decides in time, as the policy had it when the review came to stand where it stands. Null: it has
-- no deadline, or is older than this column, and the policy in force is asked.
alter table holdpoint.reviews add column on_silence jsonb;
-- How often whoever has it gave themselves more time, where it stands.
alter table holdpoint.reviews add column extended int not null default 0;
alter table holdpoint.review_events drop constraint review_events_kind_check;
alter table holdpoint.review_events add constraint review_events_kind_check
  check (kind in ('undone', 'claimed', 'released', 'handed_on', 'asked', 'escalated', 'parked', 'expired', 'orphaned',
    'split', 'extended'));
