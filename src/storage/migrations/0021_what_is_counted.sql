-- What waits, in figures: fifty thousand open reviews lie on as many pages of a table of a million, and are counted from
-- the index alone.
create index reviews_tally on holdpoint.reviews (tenant_id, level, tier, tool, graph_id) include (opened_at)
  where status in ('open', 'claimed');
-- Those that somebody has to themselves, few at any time.
create index reviews_claimed on holdpoint.reviews (tenant_id, claimed_until)
  where status = 'open' and claimed_until is not null;
-- What was decided today, without looking at all that ever was.
create index decisions_by_time on holdpoint.decisions (tenant_id, decided_at desc) include (review_id, type)
  where undone_at is null;
