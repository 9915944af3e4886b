// Deputies in Postgres.
import { isUuid } from "../kernel/ids.js";
import { personNamed, subjectOf, type Principal } from "../kernel/principal.js";
import type { Deputy, DeputyStore } from "../review/deputies.js";
import type { Database } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";

const inForce = "revoked_at is null and until > now()";

/** Whoever decides by another's right still has it, in the moment of the statement. `person` is an expression of type jsonb. */
export const isStillDeputy = (person: string): string =>
  `(${person} #>> '{onBehalfOf,deputyId}' is null or exists (select from holdpoint.deputies
    where deputy_id = (${person} #>> '{onBehalfOf,deputyId}')::uuid and ${inForce}))`;

const isGiver = "(giver_id = $2 or giver_subject = $3)";
const isMine = `(${isGiver} or to_whom in ($2, $3) or lower(to_whom) = $5)`;

export function createDeputyStore(db: Database): DeputyStore {
  return {
    async give(tenant, { id, giver, to, roles, until, reason }) {
      const [row] = await db.once<DeputyRow>(
        { tenant },
        `/* deputy.give */ insert into holdpoint.deputies (deputy_id, tenant_id, giver, giver_id, giver_subject, to_whom,
           roles, until, reason)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9 where $8 > now() returning *`,
        [
          id,
          tenant,
          storableJson(giver),
          storable(giver.id),
          storable(subjectOf(giver)),
          storable(to),
          roles,
          until,
          storable(reason),
        ],
      );
      return row ? rowToDeputy(row) : null;
    },

    async list({ tenant, ...by }, whose) {
      const rows = await db.once<DeputyRow>(
        { tenant },
        `/* deputy.list */ select * from holdpoint.deputies where tenant_id = $1 and ${inForce}
           and ($4 = 'all' or ${isMine}) order by until, deputy_id`,
        [tenant, by.id, subjectOf(by), whose, personNamed(subjectOf(by))],
      );
      return rows.map(rowToDeputy);
    },

    async to({ tenant, ...by }) {
      const rows = await db.once<DeputyRow>(
        { tenant },
        `/* deputy.to */ select * from holdpoint.deputies where tenant_id = $1 and ${inForce}
           and (to_whom = any ($2) or lower(to_whom) = $3) order by given_at, deputy_id`,
        [tenant, [by.id, subjectOf(by)], personNamed(subjectOf(by))],
      );
      return rows.map(rowToDeputy);
    },

    async revoke(by: Principal, deputyId, whose) {
      if (!isUuid(deputyId)) return false;
      const rows = await db.once(
        { tenant: by.tenant },
        `/* deputy.revoke */ update holdpoint.deputies set revoked_at = now(), revoked_by = $5
         where deputy_id = $1 and ${inForce} and ($4 = 'all' or ${isGiver}) returning deputy_id`,
        [deputyId, by.id, subjectOf(by), whose, storableJson(by)],
      );
      return rows.length > 0;
    },
  };
}

interface DeputyRow {
  deputy_id: string;
  giver: Deputy["giver"];
  to_whom: string;
  roles: string[];
  until: Date;
  reason: string | null;
  given_at: Date;
}

function rowToDeputy(row: DeputyRow): Deputy {
  return {
    id: row.deputy_id,
    giver: row.giver,
    to: row.to_whom,
    roles: row.roles,
    until: row.until,
    reason: row.reason,
    givenAt: row.given_at,
  };
}
