// A desk after a busy month: reviews by the hundred thousand, of which one in twenty waits. Filled by sets: what is measured
// is how they are found, not how they came to be.
import type { BenchDatabase } from "./postgres.js";

export const tenant = "default";

/** Every twentieth is open. Opened within thirty days; what is decided was decided within the hour. */
const isOpen = "n % 20 = 0";
const openedAt = "now() - n * interval '30 days' / $1::int";
const decidedAt = `${openedAt} + interval '1 hour' * (n % 997) / 997`;
const person = `jsonb_build_object('id', 'person-' || n % 40, 'kind', 'person', 'tenant', '${tenant}', 'roles', '[]'::jsonb)`;
const tool =
  "(array['issue_refund', 'send_email', 'delete_account', 'grant_credit', 'cancel_order'])[1 + n % 5]";
const graph = "(array['support', 'billing', 'orders'])[1 + n % 3]";
const level = "(array['low', 'medium', 'high', 'high', 'high', 'high', 'critical'])[1 + n % 7]";
const args = `'{"amount":' || n % 500 || ',"currency":"EUR","orderId":"' || n || '"}'`;
const reasons = `'[{"rule":"irreversible","text":"This cannot be undone, so a person has to approve it."}]'::jsonb`;
const id = (of: string): string => `md5('${of} ' || n)::uuid`;
const type = "(array['approve', 'approve', 'approve', 'edit', 'reject', 'respond', 'approve'])[1 + n % 7]";

export async function fillReviews(database: BenchDatabase, count: number): Promise<void> {
  await fillHolds(database, count);
  await indexedAfter(database, ["decisions", "executions"], () => fillAnswers(database, count));
}

/** What waits and what waited, without what came of it: no decision and no execution. */
export async function fillHolds(database: BenchDatabase, count: number): Promise<void> {
  await indexedAfter(database, ["actions", "reviews"], () => fillWaiting(database, count));
}

async function fillWaiting({ query }: BenchDatabase, count: number): Promise<void> {
  await query(
    `insert into holdpoint.actions (action_id, tenant_id, thread_id, graph_id, message_id, call_index, call_id, tool, args,
       args_hash, route, assessment, requested_by, created_at)
     select 'action ' || n, '${tenant}', 'thread ' || n / 3, ${graph}, 'message', 0, 'call', ${tool}, ${args}, md5(n::text),
       'approve', jsonb_build_object('level', ${level}, 'reasons', ${reasons}), ${person}, ${openedAt}
     from generate_series(1, $1::int) n`,
    [count],
  );
  await query(
    `insert into holdpoint.reviews (review_id, tenant_id, thread_id, graph_id, action_id, kind, status, tool, args, args_hash,
       level, tier, roles, title, reasons, requested_by, opened_at, decided_at, resumed_at)
     select ${id("review")}, '${tenant}', 'thread ' || n / 3, ${graph}, 'action ' || n, 'review',
       case when ${isOpen} then 'open' else 'resumed' end, ${tool}, ${args}, md5(n::text), ${level}, 'team-member', '{support}',
       'Refund ' || n % 500 || '.00 EUR for order ' || n, ${reasons}, ${person}, date_trunc('milliseconds', ${openedAt}),
       case when not ${isOpen} then ${decidedAt} end, case when not ${isOpen} then ${decidedAt} end
     from generate_series(1, $1::int) n`,
    [count],
  );
}

async function fillAnswers({ query }: BenchDatabase, count: number): Promise<void> {
  await query(
    `insert into holdpoint.decisions (decision_id, tenant_id, review_id, action_id, type, args, args_hash, seen_hash, decided_by,
       decided_at)
     select ${id("decision")}, '${tenant}', ${id("review")}, 'action ' || n, ${type}, ${args}, md5(n::text), md5(n::text),
       ${person}, ${decidedAt}
     from generate_series(1, $1::int) n where not ${isOpen}`,
    [count],
  );
  await query(
    `insert into holdpoint.executions (execution_id, tenant_id, action_id, review_id, thread_id, tool, args, args_hash, key,
       effect, state, process_id, result, started_at, settled_at)
     select ${id("execution")}, '${tenant}', 'action ' || n, ${id("review")}, 'thread ' || n / 3, ${tool}, ${args},
       md5(n::text), 'key ' || n, 'keyed', 'succeeded', ${id("process")}, 'Done.', ${decidedAt}, ${decidedAt}
     from generate_series(1, $1::int) n where not ${isOpen} and ${type} in ('approve', 'edit')`,
    [count],
  );
}

/** An index that is made of a table that is full costs a fraction of one that is kept while it is filled. */
async function indexedAfter(
  { query }: BenchDatabase,
  tables: readonly string[],
  fill: () => Promise<void>,
): Promise<void> {
  const indexes = await query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where schemaname = 'holdpoint' and tablename = any ($1)
       and not exists (select from pg_constraint where conindid = format('holdpoint.%I', indexname)::regclass)`,
    [tables],
  );
  for (const { name } of indexes) await query(`drop index holdpoint.${name}`);
  await fill();
  for (const { definition } of indexes) await query(definition);
  await query(`vacuum analyze ${tables.map((table) => `holdpoint.${table}`).join(", ")}`);
}
