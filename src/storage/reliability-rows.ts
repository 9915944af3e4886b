// The drafts that people released, as far as it is asked how far a machine's word can be relied on.
import { textOf, type DraftBlock } from "../drafting/block.js";
import type { JsonObject } from "../kernel/json.js";
import { reliabilityCounter, type ReliabilityReport } from "../metrics/reliability.js";
import type { Database } from "./database.js";

const pageSize = 500;

/** @param since from when on releases are counted. One that was taken back is none. */
export async function readReliability(db: Database, tenant: string, since: Date): Promise<ReliabilityReport> {
  const counter = reliabilityCounter();
  for (let after: Place | null = { at: since.toISOString(), id: firstId }; after !== null; ) {
    const rows: ReleasedRow[] = await db.once<ReleasedRow>(
      { tenant },
      `/* draft.reliability */ select d.decision_id as id, d.decided_at::text as at, r.tool, r.graph_id, f.model, f.field,
         f.blocks, d.args
       from holdpoint.decisions d join holdpoint.reviews r using (review_id) join holdpoint.drafts f using (review_id)
       where d.tenant_id = $1 and r.tenant_id = $1 and (d.decided_at, d.decision_id) > ($2::timestamptz, $3::uuid)
         and d.undone_at is null and d.type in ('approve', 'edit') and f.model is not null
       order by d.decided_at, d.decision_id limit ${pageSize}`,
      [tenant, after.at, after.id],
    );
    for (const row of rows) counter.add(rowToReleased(row));
    const last = rows.at(-1);
    after = rows.length === pageSize && last ? { at: last.at, id: last.id } : null;
  }
  return counter.report();
}

const firstId = "00000000-0000-0000-0000-000000000000";

interface Place {
  /** As Postgres writes it: a Date of JavaScript would cut it short. */
  at: string;
  id: string;
}

interface ReleasedRow extends Place {
  tool: string;
  graph_id: string;
  model: string;
  field: string;
  blocks: string;
  args: string;
}

function rowToReleased({ tool, graph_id: agent, model, field, ...row }: ReleasedRow) {
  const blocks = JSON.parse(row.blocks) as DraftBlock[];
  const sent = (JSON.parse(row.args) as JsonObject)[field];
  const text = textOf(blocks);
  return { tool, agent, model, blocks, text, sent: typeof sent === "string" ? sent : text };
}
