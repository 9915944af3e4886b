// Decided calls by the hundred, as a desk has them after a month: copies of one that was really proposed and decided.
import { randomUUID } from "node:crypto";
import pg from "pg";

export interface DecidedLike {
  score: number;
  isWrong?: boolean;
  /** With which probability a person saw it. */
  lookedAt?: number;
}

/** @returns the ids of their reviews, in this order. Each is in a conversation of its own. */
export async function decideMany(
  databaseUrl: string,
  reviewId: string,
  calls: readonly DecidedLike[],
): Promise<string[]> {
  const rows = calls.map(({ score, isWrong = false, lookedAt = 1 }) => ({
    id: randomUUID(),
    thread: randomUUID(),
    score,
    looked: lookedAt,
    type: isWrong ? "reject" : "approve",
  }));
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  try {
    await admin.query(
      `with seed as (select * from json_to_recordset($2) as s(id uuid, thread text, score float8, looked float8, type text)),
         made as (insert into holdpoint.actions select (jsonb_populate_record(a, jsonb_build_object(
             'action_id', s.id::text, 'thread_id', s.thread, 'run_id', null, 'created_at', now()))).*
           from holdpoint.actions a, seed s where a.action_id = (select action_id from holdpoint.reviews where review_id = $1)),
         opened as (insert into holdpoint.reviews select (jsonb_populate_record(r, jsonb_build_object(
             'review_id', s.id, 'action_id', s.id::text, 'thread_id', s.thread, 'score', s.score, 'looked_at', s.looked,
             'least_looked_at', s.looked, 'decided_at', now()))).*
           from holdpoint.reviews r, seed s where r.review_id = $1)
       insert into holdpoint.decisions select (jsonb_populate_record(d, jsonb_build_object(
           'decision_id', s.id, 'review_id', s.id, 'action_id', s.id::text, 'type', s.type, 'idempotency_key', null))).*
         from holdpoint.decisions d, seed s where d.review_id = $1`,
      [reviewId, JSON.stringify(rows)],
    );
  } finally {
    await admin.end();
  }
  return rows.map(({ id }) => id);
}
