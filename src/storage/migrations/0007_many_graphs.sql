-- A database serves many agents: whose a call is, stands on its row and on its reviews.
alter table holdpoint.actions add column graph_id text;
alter table holdpoint.reviews add column graph_id text;
update holdpoint.actions a set graph_id = coalesce(
  (select t.graph_id from holdpoint.threads t where t.thread_id = a.thread_id), 'agent');
update holdpoint.reviews r set graph_id = (select a.graph_id from holdpoint.actions a where a.action_id = r.action_id);
alter table holdpoint.actions alter column graph_id set not null;
alter table holdpoint.reviews alter column graph_id set not null;

-- A graph that knows nothing of Holdpoint may interrupt too. Such a question belongs to no action: the interrupt is
-- named by its id and by how many answers its task has had before (LangGraph gives all interrupts of a task one id).
alter table holdpoint.reviews
  alter column action_id drop not null,
  add column interrupt_id text,
  add column interrupt_nth integer,
  add column answer_schema jsonb,
  drop constraint reviews_kind_check,
  add constraint reviews_kind_check check (kind in ('review', 'settle', 'question')),
  add constraint reviews_of_action_or_interrupt
    check ((kind = 'question') = (action_id is null) and (kind = 'question') = (interrupt_id is not null));
alter table holdpoint.decisions alter column action_id drop not null;
create unique index reviews_one_question on holdpoint.reviews (thread_id, interrupt_id, interrupt_nth)
  where kind = 'question' and status in ('open', 'claimed', 'decided');
