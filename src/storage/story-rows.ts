// The calls of a thread as its story tells them: each with every review it went through, and what came of it.
import type { JsonObject } from "../kernel/json.js";
import type { Reason, Route } from "../policies/words.js";
import type { ExecutionState, Review } from "../review/types.js";
import type { Principal } from "../kernel/principal.js";
import type { Complaint } from "./complaint-rows.js";
import type { Database } from "./database.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

export interface RecordedCall {
  id: string;
  graphId: string;
  messageId: string;
  callId: string;
  tool: string;
  args: JsonObject;
  route: Route;
  reasons: Reason[];
  createdAt: Date;
  /** In the order in which they were opened. */
  holds: Review[];
  execution: {
    id: string;
    state: ExecutionState;
    result: string | null;
    error: string | null;
    startedAt: Date;
    settledAt: Date | null;
    complaints: Omit<Complaint, "executionId">[];
  } | null;
}

/** The calls of these messages of a thread. */
export async function callsOfMessages(
  db: Database,
  tenant: string,
  threadId: string,
  messageIds: readonly string[],
): Promise<RecordedCall[]> {
  if (messageIds.length === 0) return [];
  const rows = await db.once<CallRow>(
    { tenant },
    `/* story.calls */ ${selectCall} where a.tenant_id = $1 and a.thread_id = $2 and a.message_id = any ($3)
     order by a.created_at, a.call_index`,
    [tenant, threadId, messageIds],
  );
  return rows.map(rowToCall);
}

/** All calls of a thread by their place in it, for one whose conversation is kept elsewhere. */
export async function callsOfThread(
  db: Database,
  tenant: string,
  threadId: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<{ total: number; first: number; calls: RecordedCall[] }> {
  const [counted] = await db.once<{ total: number }>(
    { tenant },
    "/* story.count */ select count(*)::int as total from holdpoint.actions where tenant_id = $1 and thread_id = $2",
    [tenant, threadId],
  );
  const total = counted?.total ?? 0;
  const end = Math.min(before ?? total, total);
  const first = Math.max(0, end - limit);
  const rows = await db.once<CallRow>(
    { tenant },
    `/* story.calls-of-thread */ ${selectCall} where a.tenant_id = $1 and a.thread_id = $2
     order by a.created_at, a.call_index, a.action_id offset $3 limit $4`,
    [tenant, threadId, first, end - first],
  );
  return { total, first, calls: rows.map(rowToCall) };
}

export async function openReviewsOf(db: Database, tenant: string, threadId: string): Promise<Review[]> {
  const rows = await db.once<ReviewRow>(
    { tenant },
    `/* story.open */ ${selectReview} where r.tenant_id = $1 and r.thread_id = $2 and r.status in ('open', 'claimed')
     order by r.opened_at`,
    [tenant, threadId],
  );
  return rows.map(rowToReview);
}

/** What differs whenever the story of a thread does. */
export interface StoryMark {
  mark: string;
  /** The run that is at work, or about to be. */
  runId: string | null;
}

export async function markOfStory(db: Database, tenant: string, threadId: string): Promise<StoryMark> {
  const [row] = await db.once<{ mark: string; run_id: string | null }>(
    { tenant },
    `/* story.mark */ select run_id, concat_ws(' ', step, run_id, reviews, executions, complaints, actions, said, led) as mark from (select
       (select c.checkpoint_id from holdpoint.checkpoints c
        where c.thread_id = $2 and c.checkpoint_ns = '' order by c.checkpoint_id desc limit 1) as step,
       (select u.run_id from holdpoint.runs u where u.tenant_id = $1 and u.thread_id = $2
          and (u.status = 'running' or (u.status = 'pending' and u.kind = 'resume'))
        order by u.status desc limit 1) as run_id,
       (select concat_ws(' ', count(*), sum(r.version), max(r.opened_at), max(r.decided_at), max(r.resumed_at))
        from holdpoint.reviews r where r.tenant_id = $1 and r.thread_id = $2) as reviews,
       (select concat_ws(' ', count(*), sum(e.epoch), max(e.started_at), max(e.settled_at),
          count(*) filter (where e.state = 'unknown'))
        from holdpoint.executions e where e.tenant_id = $1 and e.thread_id = $2) as executions,
       (select count(*) from holdpoint.complaints o join holdpoint.executions e using (execution_id)
        where e.tenant_id = $1 and e.thread_id = $2) as complaints,
       (select count(*) from holdpoint.actions a where a.tenant_id = $1 and a.thread_id = $2) as actions,
       (select max(l.place) from holdpoint.letters l where l.tenant_id = $1 and l.thread_id = $2) as said,
       (select concat_ws(' ', count(*), max(k.handed_back_at))
        from holdpoint.takeovers k where k.tenant_id = $1 and k.thread_id = $2) as led) s`,
    [tenant, threadId],
  );
  return { mark: row?.mark ?? "", runId: row?.run_id ?? null };
}

const selectCall = `select a.action_id, a.graph_id, a.message_id, a.call_id, a.tool, a.args, a.route,
    a.assessment -> 'reasons' as reasons, a.created_at, e.execution_id, e.state, e.result, e.error, e.started_at, e.settled_at,
    (select jsonb_agg(to_jsonb(r) || jsonb_build_object('decision',
         (select to_jsonb(d) from holdpoint.decisions d where d.review_id = r.review_id and d.undone_at is null)) order by r.opened_at)
     from holdpoint.reviews r where r.action_id = a.action_id) as holds,
    (select jsonb_agg(to_jsonb(o) order by o.at) from holdpoint.complaints o where o.execution_id = e.execution_id) as complaints
  from holdpoint.actions a left join holdpoint.executions e on e.action_id = a.action_id`;

interface CallRow {
  action_id: string;
  graph_id: string;
  message_id: string;
  call_id: string;
  tool: string;
  args: string;
  route: Route;
  reasons: Reason[];
  created_at: Date;
  execution_id: string | null;
  state: ExecutionState | null;
  result: string | null;
  error: string | null;
  started_at: Date | null;
  settled_at: Date | null;
  holds: ReviewRow[] | null;
  complaints: { complaint_id: string; text: string; by_whom: Principal; at: string }[] | null;
}

function rowToCall(row: CallRow): RecordedCall {
  const { execution_id: id, state, result, error, started_at: startedAt, settled_at: settledAt } = row;
  const complaints = (row.complaints ?? []).map(({ complaint_id, text, by_whom, at }) => ({
    id: complaint_id,
    text,
    by: by_whom,
    at: new Date(at),
  }));
  return {
    id: row.action_id,
    graphId: row.graph_id,
    messageId: row.message_id,
    callId: row.call_id,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    route: row.route,
    reasons: row.reasons,
    createdAt: row.created_at,
    holds: (row.holds ?? []).map(rowToReview),
    execution:
      id && state && startedAt ? { id, state, result, error, startedAt, settledAt, complaints } : null,
  };
}
