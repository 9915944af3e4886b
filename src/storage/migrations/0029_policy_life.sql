-- What each call was judged by, so that any policy can judge it again as of then. Which rows a judgement could see is told
-- by its snapshot, and not by a time: a row that was written at a time may have become visible after it.
alter table holdpoint.actions
  -- What the tool declared, what was seen of the call from outside, and why it could not run whatever anybody decides.
  add column judged    jsonb,
  add column judged_at timestamptz,
  add column judged_in pg_snapshot,
  -- The transaction that kept the person's words for this judgement, which its own snapshot does not show; null: none.
  add column judged_by xid8;
create index actions_by_agent on holdpoint.actions (tenant_id, graph_id, created_at, action_id);

alter table holdpoint.words add column said_in xid8;
alter table holdpoint.words alter column said_in set default pg_current_xact_id();

-- Set here, and not by each statement that settles: one that forgot it would make a result unknown to every replay.
alter table holdpoint.executions add column settled_in xid8;
create function holdpoint.note_settling() returns trigger language plpgsql as $$
begin
  new.settled_in := case when new.settled_at is null then null else pg_current_xact_id() end;
  return new;
end $$;
create trigger note_settling before insert or update of settled_at on holdpoint.executions
  for each row execute function holdpoint.note_settling();

-- Which version was in force for an agent from when on, and who put it there. Never changed.
create table holdpoint.policy_terms (
  term_no   bigint generated always as identity primary key,
  tenant_id text not null,
  graph_id  text not null,
  version   text not null,
  since     timestamptz not null default now(),
  by_whom   jsonb not null,
  foreign key (tenant_id, version) references holdpoint.policies (tenant_id, version)
);
create index policy_terms_of on holdpoint.policy_terms (tenant_id, graph_id, term_no desc);
alter table holdpoint.policy_terms enable row level security;
alter table holdpoint.policy_terms force row level security;
create policy tenant on holdpoint.policy_terms using (tenant_id = current_setting('holdpoint.tenant', true));

-- A policy that judges beside the one in force, and rules nothing: since when, so that what came before it is left to a replay.
create table holdpoint.policy_shadows (
  tenant_id text not null,
  version   text not null,
  since     timestamptz not null default now(),
  primary key (tenant_id, version),
  foreign key (tenant_id, version) references holdpoint.policies (tenant_id, version)
);
alter table holdpoint.policy_shadows enable row level security;
alter table holdpoint.policy_shadows force row level security;
create policy tenant on holdpoint.policy_shadows using (tenant_id = current_setting('holdpoint.tenant', true));

-- What a shadow said of each call, once.
create table holdpoint.shadow_verdicts (
  tenant_id  text not null,
  version    text not null,
  action_id  text not null,
  outcome    text not null check (outcome in ('same', 'differs', 'unknowable', 'failed')),
  -- Where it differs.
  assessment jsonb,
  judged_at  timestamptz not null default now(),
  primary key (tenant_id, version, action_id),
  foreign key (tenant_id, version) references holdpoint.policy_shadows (tenant_id, version),
  foreign key (tenant_id, action_id) references holdpoint.actions (tenant_id, action_id)
);
create index shadow_verdicts_differing on holdpoint.shadow_verdicts (tenant_id, version, judged_at desc) where outcome = 'differs';
alter table holdpoint.shadow_verdicts enable row level security;
alter table holdpoint.shadow_verdicts force row level security;
create policy tenant on holdpoint.shadow_verdicts using (tenant_id = current_setting('holdpoint.tenant', true));
