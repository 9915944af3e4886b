-- What whoever decided said to the questions of the rules: a list, since jsonb would put names in an order of its own.
alter table holdpoint.decisions add column answers jsonb not null default '[]';
