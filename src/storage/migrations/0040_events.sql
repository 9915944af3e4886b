-- What happens is told to the addresses that its transaction names (`holdpoint.told_at`), where it is among what they are
-- told of (`holdpoint.told_of`): both are lists with spaces between. It is written here and not by each statement that
-- makes something so: one that forgot it would leave whoever listens with what is over. Where no address is named, none of
-- these functions is called.
create function holdpoint.tell(of_tenant text, id text, happened text, told jsonb) returns void language sql as $$
  insert into holdpoint.webhooks (tenant_id, event_id, url, event, payload)
  select of_tenant, id, url, happened, jsonb_build_object('at', now()) || told
  from unnest(string_to_array(current_setting('holdpoint.told_at'), ' ')) url
  where happened = any (string_to_array(current_setting('holdpoint.told_of'), ' '))
  on conflict do nothing;
$$;

create function holdpoint.told_when(t timestamptz) returns text language sql as $$
  select to_char(t at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
$$;

-- Enough to know whether one has to look. Not the arguments, nor why it waits; and the title of an answer has its words.
create function holdpoint.told_of(r holdpoint.reviews) returns jsonb language sql as $$
  select jsonb_build_object('reviewId', r.review_id, 'threadId', r.thread_id, 'agent', r.graph_id, 'actionId', r.action_id,
    'kind', r.kind, 'status', r.status, 'tool', r.tool, 'level', r.level, 'tier', r.tier,
    'title', case r.kind when 'reply' then null else r.title end, 'openedAt', holdpoint.told_when(r.opened_at),
    'expiresAt', holdpoint.told_when(r.expires_at));
$$;

create function holdpoint.told_who(by_whom jsonb) returns jsonb language sql as $$
  select jsonb_build_object('id', by_whom -> 'id', 'kind', by_whom -> 'kind');
$$;

create function holdpoint.tell_review() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.status = 'open' then
      perform holdpoint.tell(new.tenant_id, 'review_opened_' || new.review_id, 'review.opened',
        jsonb_build_object('data', holdpoint.told_of(new)));
    end if;
  elsif new.status = 'superseded' and old.status <> 'superseded' then
    perform holdpoint.tell(new.tenant_id, 'review_superseded_' || new.review_id, 'review.superseded',
      jsonb_build_object('data', holdpoint.told_of(new)));
  end if;
  return null;
end $$;
create trigger tell_opened after insert on holdpoint.reviews
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell_review();
create trigger tell_superseded after update of status on holdpoint.reviews
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell_review();

create function holdpoint.tell_decision() returns trigger language plpgsql as $$
declare
  r holdpoint.reviews;
begin
  select * into strict r from holdpoint.reviews where review_id = new.review_id;
  perform holdpoint.tell(new.tenant_id, 'review_decided_' || new.decision_id, 'review.decided',
    jsonb_build_object('data', holdpoint.told_of(r) || jsonb_build_object('decision', new.type,
      'by', holdpoint.told_who(new.decided_by), 'approvalId', new.approval_id, 'undoUntil', holdpoint.told_when(r.deciding_until))));
  return null;
end $$;
create trigger tell_decided after insert on holdpoint.decisions
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell_decision();

-- What was said stays here: of a remark it is told that there is one, by whom, and whom it asks.
create function holdpoint.tell_review_event() returns trigger language plpgsql as $$
declare
  r holdpoint.reviews;
begin
  select * into strict r from holdpoint.reviews where review_id = new.review_id;
  perform holdpoint.tell(new.tenant_id, 'review_event_' || new.event_id, 'review.' || new.kind,
    jsonb_build_object('data', holdpoint.told_of(r) || (new.body - array['note', 'text', 'question', 'answer'])
      || jsonb_build_object('by', holdpoint.told_who(new.by_whom))));
  return null;
end $$;
create trigger tell after insert on holdpoint.review_events
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell_review_event();

create function holdpoint.tell_execution() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state = new.state then return null; end if;
  perform holdpoint.tell(new.tenant_id, 'execution_' || new.state || '_' || new.execution_id || '_' || new.epoch,
    'execution.' || new.state, jsonb_build_object('data', jsonb_build_object('executionId', new.execution_id,
      'actionId', new.action_id, 'reviewId', new.review_id, 'threadId', new.thread_id, 'tool', new.tool,
      'effect', new.effect, 'state', new.state, 'startedAt', holdpoint.told_when(new.started_at),
      'settledAt', holdpoint.told_when(new.settled_at))));
  return null;
end $$;
create trigger tell after insert or update of state on holdpoint.executions
  for each row when (new.state <> 'claimed' and current_setting('holdpoint.told_at', true) <> '')
  execute function holdpoint.tell_execution();

create function holdpoint.tell_policy() returns trigger language plpgsql as $$
declare
  before text;
begin
  select version into before from holdpoint.policy_terms
  where tenant_id = new.tenant_id and graph_id = new.graph_id and term_no < new.term_no order by term_no desc limit 1;
  -- The first one changes nothing.
  if before is null then return null; end if;
  perform holdpoint.tell(new.tenant_id, 'policy_changed_' || new.term_no, 'policy.changed',
    jsonb_build_object('data', jsonb_build_object('agent', new.graph_id, 'version', new.version, 'before', before,
      'by', holdpoint.told_who(new.by_whom))));
  return null;
end $$;
create trigger tell after insert on holdpoint.policy_terms
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell_policy();

-- Calls of a kind no longer run by themselves.
create function holdpoint.tell_alarm() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.withdrawn_at is not distinct from new.withdrawn_at then return null; end if;
  perform holdpoint.tell(new.tenant_id,
    'autonomy_alarmed_' || new.stratum || '_' || (extract(epoch from new.withdrawn_at) * 1000000)::bigint, 'autonomy.alarmed',
    jsonb_build_object('kind', new.stratum, 'agent', new.agent, 'tool', new.tool, 'model', new.about -> 'model',
      'promise', new.target, 'at', new.withdrawn_at));
  return null;
end $$;
create trigger tell after insert or update of withdrawn_at on holdpoint.strata
  for each row when (new.withdrawn_at is not null and current_setting('holdpoint.told_at', true) <> '')
  execute function holdpoint.tell_alarm();
