-- The ledger: what happened, in streams of entries of which each has the hash of the one before. One stream per thread, and
-- one each for the policy, people and agents of a tenant. `src/ledger/chain.ts` says how an entry is hashed.
create table holdpoint.ledger (
  tenant_id text not null,
  -- In the order of its bytes, as an exported file has it.
  stream    text collate "C" not null,
  -- 1, 2, 3 …, without a gap.
  n         bigint not null,
  -- Canonical JSON (RFC 8785), flat: text, because jsonb would put its keys in an order of its own.
  entry     text not null,
  prev      text not null,
  hash      text not null,
  -- Numbers of transactions tell a sealer what it may have missed; those of entries do not become visible in their order.
  xid       xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, stream, n)
);
create index ledger_by_transaction on holdpoint.ledger (xid);
alter table holdpoint.ledger enable row level security;
alter table holdpoint.ledger force row level security;
create policy tenant on holdpoint.ledger using (tenant_id = current_setting('holdpoint.tenant', true));
create policy worker on holdpoint.ledger for select using (current_setting('holdpoint.worker', true) = 'on');
-- What happens to all tenants at once is on the ledger of whoever did it.
create policy appended on holdpoint.ledger for insert with check (true);

-- Each seal signs the last entry of every stream that grew since the one before.
create table holdpoint.ledger_seals (
  tenant_id text not null,
  n         bigint not null,
  -- Canonical JSON; see `src/ledger/seal.ts`.
  seal      text not null,
  hash      text not null,
  signature text not null,
  primary key (tenant_id, n)
);
create table holdpoint.ledger_seal_leaves (
  tenant_id text not null,
  seal_n    bigint not null,
  stream    text collate "C" not null,
  n         bigint not null,
  hash      text not null,
  primary key (tenant_id, seal_n, stream),
  foreign key (tenant_id, seal_n) references holdpoint.ledger_seals (tenant_id, n)
);
create index ledger_seal_leaves_of on holdpoint.ledger_seal_leaves (tenant_id, stream, n);
-- Entries of older transactions are sealed.
create table holdpoint.ledger_sealed (
  one        boolean primary key default true check (one),
  before_xid xid8 not null,
  -- The server of which they are: a copy of this database elsewhere has others.
  of_server  bigint not null
);
insert into holdpoint.ledger_sealed (before_xid, of_server) values ('0', 0);
alter table holdpoint.ledger_seals enable row level security;
alter table holdpoint.ledger_seals force row level security;
create policy tenant on holdpoint.ledger_seals for select using (tenant_id = current_setting('holdpoint.tenant', true));
create policy worker on holdpoint.ledger_seals using (current_setting('holdpoint.worker', true) = 'on');
alter table holdpoint.ledger_seal_leaves enable row level security;
alter table holdpoint.ledger_seal_leaves force row level security;
create policy tenant on holdpoint.ledger_seal_leaves for select using (tenant_id = current_setting('holdpoint.tenant', true));
create policy worker on holdpoint.ledger_seal_leaves using (current_setting('holdpoint.worker', true) = 'on');

-- Nobody changes what stands here: the app's role has no right to, and its owner is told so.
create function holdpoint.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The ledger is written once: % of % is refused.', tg_op, tg_table_name;
end $$;
create trigger written_once before update or delete or truncate on holdpoint.ledger
  for each statement execute function holdpoint.refuse_change();
create trigger written_once before update or delete or truncate on holdpoint.ledger_seals
  for each statement execute function holdpoint.refuse_change();
create trigger written_once before update or delete or truncate on holdpoint.ledger_seal_leaves
  for each statement execute function holdpoint.refuse_change();

-- Everything below runs as its owner: the app's role may make things happen, and not write by itself that they did.
create function holdpoint.iso(t timestamptz) returns text language sql stable as $$
  select to_char(t at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
$$;

-- A text of an entry; null where there is none, and then it is left out.
create function holdpoint.said(name text, what text) returns text language sql stable as $$
  select '"' || name || '":' || to_json(what);
$$;

create function holdpoint.said_now() returns text language sql volatile as $$
  select '"at":"' || holdpoint.iso(clock_timestamp()) || '"';
$$;

create function holdpoint.said_by(by_whom jsonb) returns text language sql stable as $$
  select nullif(concat_ws(',', holdpoint.said('by', by_whom ->> 'id'), holdpoint.said('byKind', by_whom ->> 'kind'),
    holdpoint.said('bySubject', coalesce(by_whom ->> 'subject', by_whom ->> 'id'))), '');
$$;

-- `facts`: texts and whole numbers, in which Postgres and RFC 8785 write alike, in the order of the bytes of their names; what
-- is null is left out. Put in order by hand: to sort them each time would cost more than all the rest. It runs as whoever calls
-- it: the functions below, which are their owner's.
create function holdpoint.append_entry(of_tenant text, of_stream text, facts text[]) returns void
language plpgsql as $$
declare
  last_n bigint;
  last_hash text;
  entry text := '{' || array_to_string(facts, ',') || '}';
begin
  -- Where another transaction is writing to the stream, the insert waits for its end and writes nothing, and what it wrote is
  -- seen by the next look. A lock of each stream would do as well, but Postgres has no room for those of many thousands.
  loop
    select l.n, l.hash into last_n, last_hash from holdpoint.ledger l
      where l.tenant_id = of_tenant and l.stream = of_stream order by l.n desc limit 1;
    last_n := coalesce(last_n, 0) + 1;
    last_hash := coalesce(last_hash, '');
    insert into holdpoint.ledger (tenant_id, stream, n, entry, prev, hash)
    values (of_tenant, of_stream, last_n, entry, last_hash, encode(sha256(convert_to(
      '["holdpoint-ledger-1",' || to_json(of_tenant) || ',' || to_json(of_stream) || ',' || last_n || ',"' || last_hash || '",'
      || entry || ']', 'UTF8')), 'hex'))
    on conflict do nothing;
    exit when found;
  end loop;
end $$;
revoke execute on function holdpoint.append_entry from public;

create function holdpoint.record_action() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || new.thread_id, array[
    holdpoint.said('actionId', new.action_id), holdpoint.said('agent', new.graph_id),
    holdpoint.said('argsHash', new.args_hash), holdpoint.said_now(),
    holdpoint.said_by(new.requested_by), '"event":"action.proposed"', holdpoint.said('level', new.assessment ->> 'level'),
    holdpoint.said('onBehalfOf', new.requested_by -> 'onBehalfOf' ->> 'id'),
    holdpoint.said('policy', new.assessment ->> 'policyVersion'), holdpoint.said('route', new.route),
    holdpoint.said('tool', new.tool)]);
  return null;
end $$;
create trigger record after insert on holdpoint.actions for each row execute function holdpoint.record_action();

create function holdpoint.record_review() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  event text := case
    when tg_op = 'INSERT' then 'review.opened'
    when new.status = 'superseded' and old.status <> 'superseded' then 'review.superseded'
    when new.args_hash <> old.args_hash then 'review.changed' end;
begin
  if event is null then return null; end if;
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || new.thread_id, array[
    holdpoint.said('actionId', new.action_id), holdpoint.said('argsHash', new.args_hash),
    holdpoint.said_now(), holdpoint.said('event', event), holdpoint.said('kind', new.kind),
    holdpoint.said('reviewId', new.review_id::text), holdpoint.said('tier', new.tier),
    holdpoint.said('until', holdpoint.iso(new.expires_at))]);
  return null;
end $$;
create trigger record_opened after insert on holdpoint.reviews for each row execute function holdpoint.record_review();
create trigger record_changed after update of status, args_hash on holdpoint.reviews
  for each row when (new.status = 'superseded' or new.args_hash <> old.args_hash) execute function holdpoint.record_review();

-- What was said stays beside it: of a remark it is on record that there was one, by whom, and whom it asks.
create function holdpoint.record_review_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
  is_to_one boolean := jsonb_typeof(new.body -> 'to') = 'object';
begin
  select thread_id, action_id into strict r from holdpoint.reviews where review_id = new.review_id;
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || r.thread_id, array[
    holdpoint.said('actionId', r.action_id), holdpoint.said_now(),
    holdpoint.said_by(new.by_whom), holdpoint.said('decision', new.body ->> 'decision'),
    holdpoint.said('event', 'review.' || new.kind), holdpoint.said('from', new.body ->> 'from'),
    holdpoint.said('onBehalfOf', new.by_whom -> 'onBehalfOf' ->> 'id'), holdpoint.said('reviewId', new.review_id::text),
    holdpoint.said('to', case when not is_to_one then new.body ->> 'to' end),
    holdpoint.said('toPerson', new.body -> 'to' ->> 'person'), holdpoint.said('toTier', new.body -> 'to' ->> 'tier'),
    holdpoint.said('until', new.body ->> 'until')]);
  return null;
end $$;
create trigger record after insert on holdpoint.review_events
  for each row execute function holdpoint.record_review_event();

create function holdpoint.record_vote() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  select thread_id, action_id into strict r from holdpoint.reviews where review_id = new.review_id;
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || r.thread_id, array[
    holdpoint.said('actionId', r.action_id), holdpoint.said('argsHash', new.args_hash),
    holdpoint.said_now(), holdpoint.said('authority', new.authority),
    holdpoint.said_by(new.by_whom),
    holdpoint.said('event', case tg_op when 'INSERT' then 'review.voted' else 'review.vote_undone' end),
    holdpoint.said('onBehalfOf', new.by_whom -> 'onBehalfOf' ->> 'id'), holdpoint.said('reviewId', new.review_id::text),
    holdpoint.said('vote', new.type), holdpoint.said('voteId', new.vote_id::text)]);
  return null;
end $$;
create trigger record_voted after insert on holdpoint.votes for each row execute function holdpoint.record_vote();
create trigger record_undone after update of undone_at on holdpoint.votes
  for each row when (old.undone_at is null and new.undone_at is not null) execute function holdpoint.record_vote();

create function holdpoint.record_decision() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  select thread_id, kind, deciding_until, panel into strict r from holdpoint.reviews where review_id = new.review_id;
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || r.thread_id, array[
    holdpoint.said('actionId', new.action_id), holdpoint.said('approvalId', new.approval_id::text),
    holdpoint.said('argsHash', new.args_hash), holdpoint.said_now(),
    holdpoint.said_by(new.decided_by), holdpoint.said('decision', new.type),
    holdpoint.said('decisionId', new.decision_id::text), '"event":"review.decided"', holdpoint.said('kind', r.kind),
    holdpoint.said('onBehalfOf', new.decided_by -> 'onBehalfOf' ->> 'id'),
    '"quorum":' || nullif((r.panel ->> 'quorum')::int, 1), holdpoint.said('reviewId', new.review_id::text),
    holdpoint.said('seenHash', new.seen_hash), holdpoint.said('undoUntil', holdpoint.iso(r.deciding_until))]);
  return null;
end $$;
create trigger record after insert on holdpoint.decisions for each row execute function holdpoint.record_decision();

create function holdpoint.record_execution() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform holdpoint.append_entry(new.tenant_id, 'thread:' || new.thread_id, array[
    holdpoint.said('actionId', new.action_id), holdpoint.said('argsHash', new.args_hash),
    holdpoint.said_now(), '"attempt":' || new.epoch, holdpoint.said('effect', new.effect),
    holdpoint.said('event', 'execution.' || new.state), holdpoint.said('executionId', new.execution_id::text),
    holdpoint.said('resultHash', encode(sha256(convert_to(new.result, 'UTF8')), 'hex')),
    holdpoint.said('reviewId', new.review_id::text), holdpoint.said('tool', new.tool)]);
  return null;
end $$;
create trigger record_claimed after insert on holdpoint.executions
  for each row execute function holdpoint.record_execution();
create trigger record_settled after update of state, epoch on holdpoint.executions
  for each row when (new.state <> old.state or new.epoch <> old.epoch) execute function holdpoint.record_execution();

create function holdpoint.record_policy() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform holdpoint.append_entry(new.tenant_id, 'policy', array[
    holdpoint.said('agent', new.graph_id), holdpoint.said_now(),
    holdpoint.said('before', (select t.version from holdpoint.policy_terms t
        where t.tenant_id = new.tenant_id and t.graph_id = new.graph_id and t.term_no < new.term_no order by t.term_no desc limit 1)),
    holdpoint.said_by(new.by_whom), '"event":"policy.changed"', holdpoint.said('policy', new.version)]);
  return null;
end $$;
create trigger record after insert on holdpoint.policy_terms
  for each row execute function holdpoint.record_policy();

-- Calls of a kind no longer run by themselves.
create function holdpoint.record_alarm() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.withdrawn_at is not distinct from new.withdrawn_at then return null; end if;
  perform holdpoint.append_entry(new.tenant_id, 'agents', array[
    holdpoint.said('agent', new.agent), holdpoint.said_now(), '"event":"autonomy.alarmed"',
    holdpoint.said('kind', new.stratum), holdpoint.said('tool', new.tool),
    holdpoint.said('withdrawnAt', holdpoint.iso(new.withdrawn_at))]);
  return null;
end $$;
create trigger record after insert or update of withdrawn_at on holdpoint.strata
  for each row when (new.withdrawn_at is not null) execute function holdpoint.record_alarm();

create function holdpoint.record_approval() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform holdpoint.append_entry(new.tenant_id, 'policy', array[
    holdpoint.said('agent', new.agent), holdpoint.said('approvalId', new.approval_id::text),
    holdpoint.said('argsHash', new.args_hash), holdpoint.said_now(),
    holdpoint.said_by(new.revoked_by), holdpoint.said('condition', new.condition),
    holdpoint.said('currency', new.currency),
    holdpoint.said('event', case tg_op when 'INSERT' then 'approval.made' else 'approval.revoked' end),
    holdpoint.said('maxAmount', new.max_amount::text), '"maxCount":' || new.max_count,
    holdpoint.said('perCall', new.per_call::text), holdpoint.said('threadId', new.thread_id),
    holdpoint.said('tier', new.tier), holdpoint.said('tool', new.tool), holdpoint.said('until', holdpoint.iso(new.until))]);
  return null;
end $$;
create trigger record_made after insert on holdpoint.standing_approvals
  for each row execute function holdpoint.record_approval();
create trigger record_revoked after update of revoked_at on holdpoint.standing_approvals
  for each row when (old.revoked_at is null and new.revoked_at is not null) execute function holdpoint.record_approval();

create function holdpoint.record_signature() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform holdpoint.append_entry(new.tenant_id, 'policy', array[
    holdpoint.said('approvalId', new.approval_id::text), holdpoint.said_now(),
    holdpoint.said_by(new.person), '"event":"approval.signed"']);
  return null;
end $$;
create trigger record after insert on holdpoint.standing_signatures
  for each row execute function holdpoint.record_signature();

create function holdpoint.record_deputy() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  by_whom jsonb := case tg_op when 'INSERT' then new.giver else new.revoked_by end;
begin
  perform holdpoint.append_entry(new.tenant_id, 'people', array[
    holdpoint.said_now(), holdpoint.said_by(by_whom),
    holdpoint.said('deputyId', new.deputy_id::text),
    holdpoint.said('event', case tg_op when 'INSERT' then 'deputy.named' else 'deputy.revoked' end),
    holdpoint.said('giver', new.giver_id), holdpoint.said('roles', array_to_string(new.roles, ' ')),
    holdpoint.said('to', new.to_whom), holdpoint.said('until', holdpoint.iso(new.until))]);
  return null;
end $$;
create trigger record_named after insert on holdpoint.deputies for each row execute function holdpoint.record_deputy();
create trigger record_revoked after update of revoked_at on holdpoint.deputies
  for each row when (old.revoked_at is null and new.revoked_at is not null) execute function holdpoint.record_deputy();

-- A stop of every tenant is on record with whoever set it.
create function holdpoint.record_stop() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  by_whom jsonb := case tg_op when 'INSERT' then new.by_whom else new.lifted_by end;
begin
  perform holdpoint.append_entry(coalesce(new.tenant_id, by_whom ->> 'tenant', current_setting('holdpoint.tenant', true)), 'agents', array[
    holdpoint.said_now(), holdpoint.said_by(by_whom),
    holdpoint.said('event', case tg_op when 'INSERT' then 'stop.set' else 'stop.lifted' end),
    holdpoint.said('kind', new.kind), holdpoint.said('name', new.name), holdpoint.said('stopId', new.stop_id::text)]);
  return null;
end $$;
create trigger record_set after insert on holdpoint.stops for each row execute function holdpoint.record_stop();
create trigger record_lifted after update of lifted_at on holdpoint.stops
  for each row when (old.lifted_at is null and new.lifted_at is not null) execute function holdpoint.record_stop();

-- Who may execute them could hang them on a table of their own, a temporary one say, and write what they like.
revoke execute on function holdpoint.record_action, holdpoint.record_review, holdpoint.record_review_event,
  holdpoint.record_vote, holdpoint.record_decision, holdpoint.record_execution, holdpoint.record_policy, holdpoint.record_alarm,
  holdpoint.record_approval, holdpoint.record_signature, holdpoint.record_deputy, holdpoint.record_stop from public;
