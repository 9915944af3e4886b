// What people decided on the last calls of a tool, in Postgres.
import type { JsonObject } from "../kernel/json.js";
import type { DecidedCall, PastStore, Verdict } from "../review/routing/past.js";
import type { Database } from "./database.js";
import { isFinal } from "./review-clock.js";

const mostDecided = 100;

export function createPastStore(db: Database): PastStore {
  return {
    async pastOf(tenant, { graphId, tools }) {
      const decided = new Map(tools.map((tool): [string, DecidedCall[]] => [tool, []]));
      if (tools.length === 0) return { decided };
      const rows = await db.once<{ tool: string; args: string; verdict: Verdict }>(
        { tenant },
        `/* review.past */ select r.tool, a.args, case
             when d.type not in ('approve', 'edit') then 'refused'
             when d.type = 'approve' and d.args_hash = a.args_hash then 'approved' else 'changed' end as verdict
         from unnest($3::text[]) named, lateral (
           select review_id, action_id, tool, decided_at from holdpoint.reviews v
           where tenant_id = $1 and graph_id = $2 and tool = named and kind = 'review' and decided_at is not null
             and (status = 'resumed' or ${isFinal("v")})
             and exists (select from holdpoint.decisions s where s.review_id = v.review_id and s.undone_at is null
               and s.approval_id is null)
           order by decided_at desc limit ${mostDecided}) r
         join holdpoint.actions a on a.action_id = r.action_id
         join holdpoint.decisions d on d.review_id = r.review_id and d.undone_at is null
         order by r.decided_at desc, r.review_id`,
        [tenant, graphId, [...new Set(tools)]],
      );
      for (const { tool, args, verdict } of rows)
        decided.get(tool)?.push({ args: JSON.parse(args) as JsonObject, verdict });
      return { decided };
    },
  };
}
