// What stands around a review: the other calls of its thread, and what people decided on calls like it.
import type { JsonObject } from "../kernel/json.js";
import type { RoutedScore, Route } from "../policies/words.js";
import type { DecisionType, ExecutionState, Review, ReviewStatus } from "../review/types.js";
import type { Rationale } from "../tools/rationale.js";
import type { Database } from "./database.js";
import { rowToReview, selectReview, type ReviewRow } from "./review-record.js";

/** A call of a thread, and how far it came. */
export interface ThreadAction {
  id: string;
  messageId: string;
  callId: string;
  tool: string;
  args: JsonObject;
  route: Route;
  createdAt: Date;
  review: {
    id: string;
    status: ReviewStatus;
    decision: DecisionType | null;
    decidedBy: string | null;
  } | null;
  execution: { state: ExecutionState; result: string | null; error: string | null } | null;
}

/** The newest `limit`, in the order in which they were proposed. */
export async function actionsOfThread(
  db: Database,
  tenant: string,
  threadId: string,
  limit: number,
): Promise<ThreadAction[]> {
  const rows = await db.once<ActionRow>(
    { tenant },
    `/* action.of-thread */ select a.action_id, a.message_id, a.call_id, a.tool, a.args, a.route, a.created_at,
       r.review_id, r.status, d.type as decision, d.decided_by ->> 'id' as decided_by, e.state, e.result, e.error
     from holdpoint.actions a
     left join lateral (select review_id, status from holdpoint.reviews v
       where v.action_id = a.action_id order by opened_at desc limit 1) r on true
     left join holdpoint.decisions d on d.review_id = r.review_id and d.undone_at is null
     left join holdpoint.executions e on e.action_id = a.action_id
     where a.tenant_id = $1 and a.thread_id = $2
     order by a.created_at desc, a.call_index desc limit $3`,
    [tenant, threadId, limit],
  );
  return rows.toReversed().map(rowToAction);
}

/** Decided calls of the same tool and agent, the newest first, with what became of them. What was taken back is none. */
export async function decidedOf(
  db: Database,
  { tenant, graphId, tool, id }: Review,
  limit: number,
): Promise<DecidedCall[]> {
  const rows = await db.once<ReviewRow & { execution_state: ExecutionState | null }>(
    { tenant },
    `/* review.decided-of */ select r.*, (select e.state from holdpoint.executions e where e.action_id = r.action_id) as execution_state
     from (${selectReview} where r.tenant_id = $1 and r.graph_id = $2 and r.tool = $3
       and r.kind in ('review', 'ask', 'handover', 'reply')
       and r.decided_at is not null and r.review_id <> $4
       and exists (select from holdpoint.decisions d where d.review_id = r.review_id and d.undone_at is null)
       order by r.decided_at desc limit $5) r`,
    [tenant, graphId, tool, id, limit],
  );
  return rows.map((row) => ({ ...rowToReview(row), execution: row.execution_state }));
}

export type DecidedCall = Review & { execution: ExecutionState | null };

export interface SaidOfCall {
  /** What the model said of its own call. */
  rationale: Rationale | null;
  /** What was found out about it, where it was routed by its score. */
  score: RoutedScore | null;
}

export async function saidOfCall(
  db: Database,
  { tenant, actionId }: Pick<Review, "tenant" | "actionId">,
): Promise<SaidOfCall> {
  const nothing: SaidOfCall = { rationale: null, score: null };
  if (actionId === null) return nothing;
  const [row] = await db.once<SaidOfCall>(
    { tenant },
    "/* action.said */ select rationale, assessment -> 'score' as score from holdpoint.actions where action_id = $1",
    [actionId],
  );
  return row ?? nothing;
}

interface ActionRow {
  action_id: string;
  message_id: string;
  call_id: string;
  tool: string;
  args: string;
  route: Route;
  created_at: Date;
  review_id: string | null;
  status: ReviewStatus | null;
  decision: DecisionType | null;
  decided_by: string | null;
  state: ExecutionState | null;
  result: string | null;
  error: string | null;
}

function rowToAction(row: ActionRow): ThreadAction {
  const { review_id: reviewId, status, state } = row;
  return {
    id: row.action_id,
    messageId: row.message_id,
    callId: row.call_id,
    tool: row.tool,
    args: JSON.parse(row.args) as JsonObject,
    route: row.route,
    createdAt: row.created_at,
    review:
      reviewId !== null && status !== null
        ? { id: reviewId, status, decision: row.decision, decidedBy: row.decided_by }
        : null,
    execution: state === null ? null : { state, result: row.result, error: row.error },
  };
}
