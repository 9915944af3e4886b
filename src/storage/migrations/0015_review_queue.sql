-- The queue as people work through it: the gravest first, and of these the oldest.
create index reviews_by_risk on holdpoint.reviews
  (tenant_id, (case level when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end), opened_at, review_id)
  where status in ('open', 'claimed');
-- What was decided today, and what was decided on calls like this one.
create index reviews_by_decision on holdpoint.reviews (tenant_id, decided_at desc) where decided_at is not null;
create index reviews_alike on holdpoint.reviews (tenant_id, graph_id, tool, decided_at desc)
  where kind = 'review' and decided_at is not null;
