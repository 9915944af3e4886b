-- What comes to be on the ledger is told to the addresses that its transaction names (`holdpoint.told_at`), where it is
-- among what they are told of (`holdpoint.told_of`): both are lists with spaces between. Where none is named, the function
-- is not called.
create function holdpoint.tell() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  entry jsonb := new.entry::jsonb;
  event text := entry ->> 'event';
  told jsonb;
begin
  if event <> all (string_to_array(current_setting('holdpoint.told_of'), ' ')) then return null; end if;
  -- The first version of a policy changes nothing.
  if event = 'policy.changed' and not entry ? 'before' then return null; end if;
  told := case split_part(event, '.', 1)
    -- Enough to know whether one has to look. Not the arguments, nor why it waits; and the title of an answer has its words.
    when 'review' then (
      select jsonb_build_object('reviewId', r.review_id, 'threadId', r.thread_id, 'agent', r.graph_id, 'kind', r.kind,
        'actionId', r.action_id, 'status', r.status, 'tool', r.tool, 'level', r.level, 'tier', r.tier,
        'title', case r.kind when 'reply' then null else r.title end, 'openedAt', holdpoint.iso(r.opened_at),
        'expiresAt', holdpoint.iso(r.expires_at))
      from holdpoint.reviews r where r.review_id = (entry ->> 'reviewId')::uuid)
    when 'execution' then (
      select jsonb_build_object('executionId', e.execution_id, 'actionId', e.action_id, 'reviewId', e.review_id,
        'threadId', e.thread_id, 'tool', e.tool, 'effect', e.effect, 'state', e.state,
        'startedAt', holdpoint.iso(e.started_at), 'settledAt', holdpoint.iso(e.settled_at))
      from holdpoint.executions e where e.execution_id = (entry ->> 'executionId')::uuid)
    -- In the form in which servers of the version before tell it.
    when 'autonomy' then (
      select jsonb_build_object('kind', s.stratum, 'agent', s.agent, 'tool', s.tool, 'model', s.about -> 'model',
        'promise', s.target, 'at', s.withdrawn_at)
      from holdpoint.strata s where s.tenant_id = new.tenant_id and s.stratum = entry ->> 'kind')
    else jsonb_build_object('agent', entry -> 'agent', 'version', entry -> 'policy', 'before', entry -> 'before') end;
  if event <> 'autonomy.alarmed' then
    told := jsonb_build_object('at', entry -> 'at', 'entry', entry, 'data', told);
  end if;
  insert into holdpoint.webhooks (tenant_id, event_id, url, event, payload)
  select new.tenant_id, 'ledger_' || new.hash, url, event, told
  from unnest(string_to_array(current_setting('holdpoint.told_at'), ' ')) url
  on conflict do nothing;
  return null;
end $$;
revoke execute on function holdpoint.tell from public;
create trigger tell after insert on holdpoint.ledger
  for each row when (current_setting('holdpoint.told_at', true) <> '') execute function holdpoint.tell();
