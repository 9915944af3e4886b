-- An agent may ask a person itself, by a call that is a question (`ask`) or hands a case over (`handover`). Such a review
-- belongs to its action, as others do.
alter table holdpoint.reviews
  drop constraint reviews_kind_check,
  add constraint reviews_kind_check check (kind in ('review', 'settle', 'question', 'ask', 'handover'));
-- What people answered to an agent before, beside what they decided on its calls.
drop index holdpoint.reviews_alike;
create index reviews_alike on holdpoint.reviews (tenant_id, graph_id, tool, decided_at desc)
  where kind in ('review', 'ask', 'handover') and decided_at is not null;

-- What the model said of its own call: why, what else it considered, how sure it says it is. For people only: nothing
-- that releases a call reads it.
alter table holdpoint.actions add column rationale jsonb;
alter table holdpoint.reviews add column confidence real check (confidence between 0 and 1);
