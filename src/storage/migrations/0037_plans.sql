-- Several calls that are approved at once, before any of them is made.
alter table holdpoint.reviews drop constraint reviews_kind_check;
alter table holdpoint.reviews add constraint reviews_kind_check
  check (kind in ('review', 'settle', 'question', 'ask', 'handover', 'reply', 'plan'));

-- Of a plan: what was found of each of its steps when it was proposed. Their arguments are its own.
alter table holdpoint.reviews add column steps jsonb;

-- Each step that was approved is a standing approval of one call; it stands and falls with the plan's decision.
alter table holdpoint.standing_approvals add column plan_review_id uuid;
create index standing_approvals_of_plan on holdpoint.standing_approvals (plan_review_id) where plan_review_id is not null;
