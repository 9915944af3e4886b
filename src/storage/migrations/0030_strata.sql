-- Calls that are routed by a score: of which kind each is, what it scored, and with which probability a person saw it.
alter table holdpoint.actions add column stratum text;
alter table holdpoint.actions add column score real;
alter table holdpoint.reviews add column stratum text;
alter table holdpoint.reviews add column score double precision;
alter table holdpoint.reviews add column looked_at double precision;
-- The smallest such probability of any call of its kind at that time.
alter table holdpoint.reviews add column least_looked_at double precision;
create index actions_of_stratum on holdpoint.actions (tenant_id, stratum, created_at) where stratum is not null;
create index reviews_of_stratum on holdpoint.reviews (tenant_id, stratum, decided_at) where stratum is not null;

-- What calls of one kind have earned by what people decided of them.
create table holdpoint.strata (
  tenant_id    text not null,
  stratum      text not null,
  agent        text not null,
  tool         text not null,
  -- What makes it a kind: model, instructions, schema, weights.
  about        jsonb not null,
  certificate  jsonb not null,
  -- For which error and confidence the certificate was made.
  target       jsonb not null,
  -- The last decision it knows of.
  knows_until  timestamptz,
  -- Decisions before it do not count: more went wrong than may.
  withdrawn_at timestamptz,
  first_at     timestamptz not null default now(),
  primary key (tenant_id, stratum)
);
alter table holdpoint.strata enable row level security;
alter table holdpoint.strata force row level security;
create policy tenant on holdpoint.strata using (tenant_id = current_setting('holdpoint.tenant', true));
