// What is asked of threads, in SQL.
import { storableJson } from "./execution-rows.js";
import { hasBegunAlready } from "./run-statements.js";
import { waitsForLift } from "./stop-clause.js";
import { isLed } from "./takeover-rows.js";
import type { ThreadFilter } from "./thread-record.js";
import { isExpiredUntold } from "./review-clock.js";

// Whether something happened is asked even where nobody goes on from the answer.
export const supersede = `/* review.supersede */ update holdpoint.reviews
  set status = 'superseded', resumed_at = now(), version = version + 1
  where thread_id = $1 and not hosted and status in ('open', 'claimed', 'decided') and kind <> 'settle'
  returning review_id`;

export const isExpired = `t.ttl_minutes is not null and t.updated_at < now() - make_interval(secs => t.ttl_minutes * 60)
    and not exists (select from holdpoint.runs r where r.thread_id = t.thread_id and r.status in ('pending', 'running'))
    and not exists (select from holdpoint.reviews v where v.thread_id = t.thread_id and v.tenant_id = t.tenant_id
      and not v.hosted and v.status in ('open', 'claimed', 'decided'))
    and not ${isLed("t.thread_id")}`;

/** Busy while a run of it is at work or about to be; a run that waits behind a hold is not. */
export const selectThread = `select t.thread_id, t.tenant_id, t.graph_id, t.owner, t.metadata, t.interrupts, t."values", t.created_at,
    t.updated_at, t.ttl_minutes,
    case when exists (
        select from holdpoint.runs r where r.thread_id = t.thread_id
          and (r.status = 'running' or (r.status = 'pending' and r.run_after <= now()
            and (r.kind = 'resume' or t.status <> 'interrupted'))))
      then 'busy' else t.status end as status
  from holdpoint.threads t`;

/** The tenant is named beside row-level security, whose two policies are an `or` that no index serves. */
export function conditionsOf(tenant: string, filter: ThreadFilter): { where: string; params: unknown[] } {
  const params: unknown[] = [filter.graphIds, tenant];
  const conditions = ["(graph_id is null or graph_id = any ($1))", "tenant_id = $2"];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  if (filter.owner !== undefined) conditions.push(`owner = ${bind(filter.owner)}`);
  if (filter.ids) conditions.push(`thread_id = any (${bind(filter.ids)})`);
  if (filter.status) conditions.push(`status = ${bind(filter.status)}`);
  if (filter.values) conditions.push(`"values" @> ${bind(storableJson(filter.values))}::jsonb`);
  if (filter.metadata) conditions.push(`metadata @> ${bind(storableJson(filter.metadata))}::jsonb`);
  return { where: `where ${conditions.join(" and ")}`, params };
}

export const selectActivity = `/* thread.activity */ select
           (select count(*)::int from holdpoint.runs where thread_id = $1 and status = 'running') as running,
           (select count(*)::int from holdpoint.runs r
            where thread_id = $1 and status = 'pending' and kind <> 'resume' and not ${hasBegunAlready("r")}) as pending,
           (select count(*)::int from holdpoint.runs r
            where thread_id = $1 and status = 'pending' and (kind = 'resume' or ${hasBegunAlready("r")})) as resuming,
           (select count(*)::int from holdpoint.reviews r
            where thread_id = $1 and not hosted and (status in ('open', 'claimed') or ${waitsForLift("r")})) as held,
           (select count(*)::int from holdpoint.reviews r
            where thread_id = $1 and not hosted and ((status = 'decided' and not ${waitsForLift("r")}) or ${isExpiredUntold("r")})) as decided,
           ${isLed("$1")} as led,
           (select error from holdpoint.runs
            where thread_id = $1 and ended_at is not null order by ended_at desc limit 1) as error`;
