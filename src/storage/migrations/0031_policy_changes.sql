-- Where the version in force has it so, what replaces it waits for a person. Kept here and not only in its text, so that a
-- program that cannot read the text does not take it for one that asks nobody.
alter table holdpoint.policy_terms add column is_guarded boolean not null default false;

-- Proposed changes, among all reviews.
create index reviews_of_policies on holdpoint.reviews (tenant_id, graph_id, opened_at desc) where graph_id like 'policy:%';
