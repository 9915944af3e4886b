-- Every version of the policy that ever ran, by the hash of its content.
create table holdpoint.policies (
  tenant_id  text not null,
  version    text not null,
  source     text not null,
  first_used timestamptz not null default now(),
  primary key (tenant_id, version)
);
alter table holdpoint.policies enable row level security;
alter table holdpoint.policies force row level security;
create policy tenant on holdpoint.policies using (tenant_id = current_setting('holdpoint.tenant', true));
