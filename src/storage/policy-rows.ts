// Every version of a policy that ever ruled, with its source, and when it did.
import type { Policy } from "../policies/policy.js";
import type { Principal } from "../kernel/principal.js";
import type { Database, Sql } from "./database.js";
import { storable, storableJson } from "./execution-rows.js";

/** Keeps a version of the policy, so that an old assessment can be read against the rules it was made by. */
export async function recordPolicy(
  db: Database,
  tenant: string,
  policy: Policy,
  source: string,
): Promise<void> {
  await db.once(
    { tenant },
    `/* policy.record */ insert into holdpoint.policies (tenant_id, version, source) values ($1, $2, $3) on conflict do nothing`,
    [tenant, policy.version, storable(source)],
  );
}

/** Who put a version in force. */
export type PutBy = Pick<Principal, "id" | "kind">;

/** A version that is or was in force. */
export interface Term {
  no: number;
  version: string;
  /** What replaces it waits for a person. */
  isGuarded: boolean;
  /** As the version was written; empty where it was given as an object. */
  source: string;
}

interface NewTerm {
  graphId: string;
  policy: Pick<Policy, "version" | "changes">;
  by: PutBy;
  /** The term it was found to replace; null: there was none. */
  after: number | null;
}

export async function newestTerm(db: Database, tenant: string, graphId: string): Promise<Term | null> {
  const [term] = await newestTerms(db, tenant, [graphId]);
  return term ?? null;
}

/** Of each agent that has one. */
export async function newestTerms(
  db: Database,
  tenant: string,
  graphIds: readonly string[],
): Promise<(Term & { graphId: string })[]> {
  const rows = await db.once<TermRow & { graph_id: string }>(
    { tenant },
    `/* policy.newest-terms */ select t.* from unnest($2::text[]) asked (graph_id), lateral (
       select t.graph_id, t.term_no, t.version, t.is_guarded, p.source
       from holdpoint.policy_terms t join holdpoint.policies p using (tenant_id, version)
       where t.tenant_id = $1 and t.graph_id = asked.graph_id order by t.term_no desc limit 1) t`,
    [tenant, graphIds],
  );
  return rows.map((row) => ({ ...rowToTerm(row), graphId: row.graph_id }));
}

interface TermRow {
  term_no: string;
  version: string;
  is_guarded: boolean;
  source: string;
}

function rowToTerm({ term_no: no, version, is_guarded: isGuarded, source }: TermRow): Term {
  return { no: Number(no), version, isGuarded, source };
}

/**
 * Notes that a version, which is on record, is in force for an agent from now on; nothing where it already was. False:
 * another one came into force since it was looked.
 */
export function beginTerm(db: Database, tenant: string, term: NewTerm): Promise<boolean> {
  return db.transaction({ tenant }, async (sql) => {
    await oneAtATime(sql, tenant, term.graphId);
    const [newest] = await sql.query<{ term_no: string; version: string }>(
      `/* policy.newest-term */ select term_no, version from holdpoint.policy_terms
       where tenant_id = $1 and graph_id = $2 order by term_no desc limit 1`,
      [tenant, term.graphId],
    );
    if (newest?.version === term.policy.version) return true;
    if ((newest ? Number(newest.term_no) : null) !== term.after) return false;
    await sql.query(
      `/* policy.begin-term */ insert into holdpoint.policy_terms (tenant_id, graph_id, version, by_whom, is_guarded)
       values ($1, $2, $3, $4, $5)`,
      [
        tenant,
        term.graphId,
        term.policy.version,
        storableJson({ id: term.by.id, kind: term.by.kind }),
        term.policy.changes !== null,
      ],
    );
    return true;
  });
}

/** Between the look at what is in force and the row that replaces it, nobody else writes one. */
export async function oneAtATime(sql: Sql, tenant: string, graphId: string): Promise<void> {
  await sql.query("/* policy.lock */ select pg_advisory_xact_lock(hashtextextended($1, 31))", [
    JSON.stringify([tenant, graphId]),
  ]);
}

export interface PolicyVersion {
  version: string;
  firstUsed: Date;
  /** Null: it was given as an object, not as a text. */
  source: string | null;
  /** The newest first. */
  terms: PolicyTerm[];
}

export interface PolicyTerm {
  agent: string;
  since: Date;
  /** Null: it is in force. */
  until: Date | null;
  by: PutBy;
}

/** Page by page, those first used last first. */
export async function listPolicies(
  db: Database,
  tenant: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<PolicyVersion[]> {
  const rows = await db.once<VersionRow>(
    { tenant },
    `/* policy.list */ ${selectVersion} where p.tenant_id = $1 and ($2::text is null or (p.first_used, p.version) <
       (select q.first_used, q.version from holdpoint.policies q where q.tenant_id = $1 and q.version = $2))
     order by p.first_used desc, p.version desc limit $3`,
    [tenant, after, limit],
  );
  return rows.map(rowToVersion);
}

/** Those whose version begins so; two at the most. */
export async function findPolicies(
  db: Database,
  tenant: string,
  beginning: string,
): Promise<PolicyVersion[]> {
  const rows = await db.once<VersionRow>(
    { tenant },
    `/* policy.find */ ${selectVersion} where p.tenant_id = $1 and starts_with(p.version, $2) limit 2`,
    [tenant, beginning],
  );
  return rows.map(rowToVersion);
}

const selectVersion = `select p.version, p.first_used, p.source, (
    select coalesce(json_agg(t order by t.term_no desc), '[]') from (
      select term_no, graph_id as agent, since, by_whom as by, lead(since) over (partition by graph_id order by term_no) as until, version
      from holdpoint.policy_terms where tenant_id = p.tenant_id) t where t.version = p.version) as terms
  from holdpoint.policies p`;

interface VersionRow {
  version: string;
  first_used: Date;
  source: string;
  terms: { agent: string; since: string; until: string | null; by: PutBy }[];
}

function rowToVersion({ version, first_used: firstUsed, source, terms }: VersionRow): PolicyVersion {
  return {
    version,
    firstUsed,
    source: source === "" ? null : source,
    terms: terms.map(({ agent, since, until, by }) => ({
      agent,
      since: new Date(since),
      until: until === null ? null : new Date(until),
      by,
    })),
  };
}
