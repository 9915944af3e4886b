// A review that counts as decided to release, by a decision that lets nothing go: it was written past its panel, or what it
// rested on is gone. Delivered again and again nothing would come of it, and what waits behind it would wait for ever.
import type { Principal } from "../kernel/principal.js";
import { lets } from "./approval.js";
import type { Database } from "./database.js";
import { storableJson } from "./execution-rows.js";
import { isFinal } from "./review-clock.js";
import { decisionTakenBack } from "./review-undo.js";

/** People are asked again, with the votes that stand. False where it lets its call go after all, or was not final. */
export async function reopenUnagreed(db: Database, tenant: string, actionId: string): Promise<boolean> {
  const reopened = await db.once(
    { tenant },
    `/* review.reopen-unagreed */ with reopened as (
       update holdpoint.reviews r set status = 'open', version = version + 1, decided_at = null, deciding_until = null
       from holdpoint.decisions d
       where r.action_id = $1 and r.kind in ('review', 'reply') and ${isFinal("r")}
         and d.review_id = r.review_id and d.undone_at is null and d.type in ('approve', 'edit') and not ${lets("r", "d")}
         and not exists (select from holdpoint.executions e where e.action_id = r.action_id)
       returning r.review_id),
     ${decisionTakenBack("reopened", "$2")}
     select review_id from taken_back`,
    [actionId, storableJson({ ...executor, tenant })],
  );
  return reopened.length > 0;
}

/** It counts for itself, and takes back what does not count. */
const executor: Omit<Principal, "tenant"> = { id: "executor", kind: "service", roles: [] };
