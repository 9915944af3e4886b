// Drafts in Postgres. A draft is written under its review's lock and with its arguments, so that what is shown, hashed,
// decided and sent is the same at every moment.
import { isUuid } from "../kernel/ids.js";
import { canonicalJson } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import type { DraftChanged, DraftStore } from "../review/drafts.js";
import type { Review } from "../review/types.js";
import { rowsToAnswers, selectAnswers } from "./answer-rows.js";
import type { Database } from "./database.js";
import { isStillDeputy } from "./deputy-rows.js";
import { storable, storableJson } from "./execution-rows.js";
import { isFreeFor, isOverdue } from "./review-clock.js";
import { alsoOf, draftToRow, rowToReview, type DraftRow, type ReviewRow } from "./review-record.js";
import { deciderColumns, deciderValues, rungToRow } from "./rung-columns.js";

/** Longer than three words of an editor's presence. */
const editorSeconds = 15;

/** @param tell a word that the queue of a tenant has changed; it may be lost. */
export function createDraftStore(db: Database, tell: (tenant: string) => void): DraftStore {
  return {
    async revise(tenant, { review, draft, by, ...next }) {
      const row = draftToRow(draft);
      const rows = await db.once<RevisedRow>(
        { tenant },
        `/* draft.revise */ with ${lockedFor("$15::jsonb")},
         drafted as (
           update holdpoint.drafts f set blocks = $5, proposals = $6, open_blocks = $7, is_writing = $8, model = $17,
             version = f.version + 1
           from locked where f.review_id = locked.review_id and f.version = $3 and ($4::text is not null or f.is_writing)
           returning f.*),
         changed as (
           update holdpoint.reviews r set version = r.version + 1, args = $9,
             round = r.round + (r.args_hash <> $10 or r.tier <> $12::jsonb ->> 'tier')::int,
             args_hash = $10, level = $11, title = $13, reasons = $14, requested_by = $18,
             (${deciderColumns}) = (${deciderValues("$12::jsonb", "r")})
           from drafted where r.review_id = drafted.review_id
           returning r.*),
         noted as (
           insert into holdpoint.draft_changes (tenant_id, review_id, block_id, kind, before, after, by_whom)
           select tenant_id, review_id, c.block_id, c.kind, c.before, c.after, $15
           from changed, jsonb_to_recordset($16) c (block_id text, kind text, before text, after text))
         select changed.*, ${alsoOf("changed")}, to_jsonb(drafted) as revised from changed, drafted`,
        [
          review.id,
          review.version,
          review.draft?.version,
          by?.id ?? null,
          row.blocks,
          row.proposals,
          row.open_blocks,
          row.is_writing,
          canonicalJson(next.args),
          next.argsHash,
          next.level,
          rungToRow(next.rung),
          storable(next.title),
          storableJson(next.reasons),
          storableJson(by ?? agentOf(review)),
          storableJson(next.changes.map(({ blockId, ...change }) => ({ block_id: blockId, ...change }))),
          storable(row.model),
          storableJson(next.requestedBy),
        ],
      );
      return told(tenant, rows);
    },

    async propose(tenant, review, draft, by) {
      const rows = await db.once<RevisedRow>(
        { tenant },
        `/* draft.propose */ with ${lockedFor("$6::jsonb")},
         drafted as (
           update holdpoint.drafts f set proposals = $5, version = f.version + 1
           from locked where f.review_id = locked.review_id and f.version = $3
           returning f.*)
         select r.*, ${alsoOf("r")}, to_jsonb(drafted) as revised from holdpoint.reviews r join drafted using (review_id)`,
        [
          review.id,
          review.version,
          review.draft?.version,
          by.id,
          draftToRow(draft).proposals,
          storableJson(by),
        ],
      );
      return told(tenant, rows);
    },

    async changes(tenant, reviewId) {
      if (!isUuid(reviewId)) return [];
      const rows = await db.once<ChangeRow>(
        { tenant },
        `/* draft.changes */ select block_id, kind, before, after, by_whom, at from holdpoint.draft_changes
         where review_id = $1 order by change_id`,
        [reviewId],
      );
      return rows.map(({ block_id: blockId, by_whom: by, ...rest }) => ({ ...rest, blockId, by }));
    },

    async edit(tenant, reviewId, { person, blockId }) {
      const [changed] = await db.once<{ changed: boolean }>(
        { tenant },
        `/* draft.edit */ with before as (
           select block_id, seen_at from holdpoint.draft_editors where review_id = $1 and person_id = $2)
         insert into holdpoint.draft_editors as e (review_id, person_id, tenant_id, block_id) values ($1, $2, $3, $4)
         on conflict (review_id, person_id) do update set block_id = excluded.block_id, seen_at = now()
         returning not exists (select from before where block_id is not distinct from $4 and ${isHere("before")}) as changed`,
        [reviewId, storable(person), tenant, storable(blockId)],
      );
      if (changed?.changed) tell(tenant);
    },

    async leave(tenant, reviewId, person) {
      if (!isUuid(reviewId)) return;
      const left = await db.once(
        { tenant },
        `/* draft.leave */ delete from holdpoint.draft_editors where review_id = $1 and person_id = $2 returning person_id`,
        [reviewId, storable(person)],
      );
      if (left.length > 0) tell(tenant);
    },

    async editors(tenant, reviewId) {
      const rows = await db.once<{ person_id: string; block_id: string | null }>(
        { tenant },
        `/* draft.editors */ select person_id, block_id from holdpoint.draft_editors e
         where review_id = $1 and ${isHere("e")} order by person_id`,
        [reviewId],
      );
      return rows.map(({ person_id: person, block_id: blockId }) => ({ person, blockId }));
    },

    async results(tenant, threadId) {
      const { text, params } = selectAnswers(threadId);
      return rowsToAnswers(await db.once({ tenant }, text, params));
    },
  };

  function told(tenant: string, [row]: RevisedRow[]): Review | null {
    if (!row) return null;
    tell(tenant);
    return rowToReview({ ...row, draft: row.revised, decision: null });
  }
}

/**
 * The review $1, if it waits, is as it was seen ($2), and this person ($4; null: its agent) may write in it. Locked first,
 * so that of a decision and a change one comes before the other.
 */
/** Not for a deputy whose right was taken back meanwhile. `person` is an expression of type jsonb. */
const lockedFor = (person: string): string => `locked as (
  select review_id from holdpoint.reviews r
  where review_id = $1 and version = $2 and status = 'open' and not ${isOverdue("r")}
    and ($4::text is null or ${isFreeFor("r", "$4")}) and ${isStillDeputy(person)}
  for update)`;

const isHere = (e: string): string => `${e}.seen_at > now() - make_interval(secs => ${editorSeconds})`;

/** The statement reads the draft as it was before; what it became comes beside it. */
type RevisedRow = Omit<ReviewRow, "decision"> & { revised: DraftRow };

interface ChangeRow {
  block_id: string | null;
  kind: DraftChanged["kind"];
  before: string;
  after: string;
  by_whom: Principal;
  at: Date;
}

function agentOf({ graphId, tenant }: Review): Principal {
  return { id: graphId, kind: "agent", roles: [], tenant };
}
