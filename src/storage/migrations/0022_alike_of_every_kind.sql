-- What was decided before on calls of a tool, by their agent: also what the agent itself asked.
drop index holdpoint.reviews_alike;
create index reviews_alike on holdpoint.reviews (tenant_id, graph_id, tool, decided_at desc)
  where kind in ('review', 'ask', 'handover') and decided_at is not null;
