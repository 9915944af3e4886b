-- A graph under a name of its own, with a configuration. A row holds the version in force.
create table holdpoint.assistants (
  tenant_id    text not null,
  assistant_id uuid not null,
  graph_id     text not null,
  name         text not null,
  description  text,
  config       jsonb not null,
  context      jsonb not null,
  metadata     jsonb not null,
  version      integer not null default 1,
  -- How many versions there have ever been: the next one is not named after an older one that is in force again.
  versions     integer not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  -- Ids are chosen by clients: with the tenant in the key, nobody learns from a conflict what another tenant has.
  primary key (tenant_id, assistant_id)
);

create table holdpoint.assistant_versions (
  tenant_id    text not null,
  assistant_id uuid not null,
  version      integer not null,
  graph_id     text not null,
  name         text not null,
  description  text,
  config       jsonb not null,
  context      jsonb not null,
  metadata     jsonb not null,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, assistant_id, version),
  foreign key (tenant_id, assistant_id) references holdpoint.assistants on delete cascade
);

alter table holdpoint.assistants enable row level security;
alter table holdpoint.assistants force row level security;
create policy tenant on holdpoint.assistants using (tenant_id = current_setting('holdpoint.tenant', true));

alter table holdpoint.assistant_versions enable row level security;
alter table holdpoint.assistant_versions force row level security;
create policy tenant on holdpoint.assistant_versions using (tenant_id = current_setting('holdpoint.tenant', true));
