-- What is being carried out, and what came to an end today, the newest first: what ran, what nobody knows the outcome
-- of, what the policy refused, what was withdrawn or ran out.
create index executions_claimed on holdpoint.executions (tenant_id, started_at desc) where state = 'claimed';
create index executions_by_end on holdpoint.executions (tenant_id, settled_at desc)
  where state in ('succeeded', 'failed');
create index executions_unknown on holdpoint.executions (tenant_id, started_at desc) where state = 'unknown';
create index actions_refused on holdpoint.actions (tenant_id, created_at desc) where route = 'refuse';
create index reviews_ended on holdpoint.reviews (tenant_id, resumed_at desc) where status in ('expired', 'superseded');
