// Assistants and their versions. Those that every graph is born with are no rows; a search is given them.
import type { JsonObject } from "../kernel/json.js";
import type { Database } from "./database.js";
import { removeThread, whyNotDeleted, type Holds, type WhyNot } from "./thread-deletion.js";

export interface AssistantContent {
  graphId: string;
  name: string;
  description: string | null;
  config: JsonObject;
  context: JsonObject;
  metadata: JsonObject;
}

export interface AssistantVersion extends AssistantContent {
  id: string;
  version: number;
  createdAt: Date;
}

export interface Assistant extends AssistantVersion {
  updatedAt: Date;
}

export interface AssistantFilter {
  graphId: string | null;
  /** A part of the name, in whatever case. */
  name: string | null;
  /** What the metadata holds, among other things. */
  metadata: JsonObject;
}

export interface AssistantPage {
  sortBy: "assistant_id" | "graph_id" | "name" | "created_at" | "updated_at";
  sortOrder: "asc" | "desc";
  limit: number;
  offset: number;
}

export interface AssistantStore {
  /** Null where the id is taken. */
  create(tenant: string, id: string, content: AssistantContent): Promise<Assistant | null>;
  find(tenant: string, id: string): Promise<Assistant | null>;
  /** Makes a version that differs in what is given; metadata is merged. */
  update(tenant: string, id: string, change: Partial<AssistantContent>): Promise<Assistant | null>;
  /** Puts an older version in force. Null where there is no such version. */
  useVersion(tenant: string, id: string, version: number): Promise<Assistant | null>;
  /** Newest first. */
  versions(
    tenant: string,
    id: string,
    page: { metadata: JsonObject; limit: number; offset: number },
  ): Promise<AssistantVersion[]>;
  /** @param holds null: its threads stay. Else they go with it: all of them, or nothing is removed. */
  remove(tenant: string, id: string, holds: Holds | null): Promise<Removal>;
  search(
    tenant: string,
    builtIn: readonly Assistant[],
    filter: AssistantFilter,
    page: AssistantPage,
  ): Promise<{ items: Assistant[]; total: number }>;
}

/** `why`: what one of its threads is kept by. */
export type Removal = "deleted" | "absent" | { threadId: string; why: WhyNot };

const content = "graph_id, name, description, config, context, metadata";
const versionColumns = `assistant_id, version, ${content}, created_at`;
const columns = `${versionColumns}, updated_at`;

/** SQL: what runs by the clock goes with its assistant to another graph. Reads the row from `changed`. */
const moveCrons = `moved as (
  update holdpoint.crons c set graph_id = changed.graph_id from changed
  where c.tenant_id = changed.tenant_id and c.assistant_id = changed.assistant_id and c.graph_id <> changed.graph_id)`;

// In one order, so that two who remove the same ones wait for each other.
const threadsOf = `/* assistant.threads */ select thread_id from holdpoint.threads
  where tenant_id = $1 and metadata @> jsonb_build_object('assistant_id', $2::text) order by thread_id`;

export function createAssistantStore(db: Database): AssistantStore {
  return {
    async create(tenant, id, { graphId, name, description, config, context, metadata }) {
      const [row] = await db.once<AssistantRow>(
        { tenant },
        `/* assistant.create */ with made as (
           insert into holdpoint.assistants (tenant_id, assistant_id, ${content})
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict do nothing returning *),
         kept as (
           insert into holdpoint.assistant_versions (tenant_id, assistant_id, version, ${content})
           select tenant_id, assistant_id, version, ${content} from made)
         select ${columns} from made`,
        [tenant, id, graphId, name, description, config, context, metadata],
      );
      return row ? rowToAssistant(row) : null;
    },

    async find(tenant, id) {
      const [row] = await db.once<AssistantRow>(
        { tenant },
        `/* assistant.find */ select ${columns} from holdpoint.assistants where assistant_id = $1`,
        [id],
      );
      return row ? rowToAssistant(row) : null;
    },

    async update(tenant, id, { graphId, name, description, config, context, metadata }) {
      const [row] = await db.once<AssistantRow>(
        { tenant },
        `/* assistant.update */ with changed as (
           update holdpoint.assistants set
             graph_id = coalesce($2, graph_id), name = coalesce($3, name), description = coalesce($4, description),
             config = coalesce($5, config), context = coalesce($6, context), metadata = metadata || $7,
             version = versions + 1, versions = versions + 1, updated_at = clock_timestamp()
           where assistant_id = $1 returning *),
         kept as (
           insert into holdpoint.assistant_versions (tenant_id, assistant_id, version, ${content})
           select tenant_id, assistant_id, version, ${content} from changed),
         ${moveCrons}
         select ${columns} from changed`,
        [id, graphId, name, description, config, context, metadata ?? {}],
      );
      return row ? rowToAssistant(row) : null;
    },

    async useVersion(tenant, id, version) {
      const [row] = await db.once<AssistantRow>(
        { tenant },
        `/* assistant.use-version */ with changed as (
           update holdpoint.assistants a set
             version = v.version, graph_id = v.graph_id, name = v.name, description = v.description, config = v.config,
             context = v.context, metadata = v.metadata, updated_at = clock_timestamp()
           from holdpoint.assistant_versions v
           where a.assistant_id = $1 and v.assistant_id = a.assistant_id and v.tenant_id = a.tenant_id
             and v.version = $2
           returning a.*),
         ${moveCrons}
         select ${columns} from changed`,
        [id, version],
      );
      return row ? rowToAssistant(row) : null;
    },

    async versions(tenant, id, { metadata, limit, offset }) {
      const rows = await db.once<VersionRow>(
        { tenant },
        `/* assistant.versions */ select ${versionColumns} from holdpoint.assistant_versions
         where assistant_id = $1 and metadata @> $2 order by version desc limit $3 offset $4`,
        [id, metadata, limit, offset],
      );
      return rows.map(rowToVersion);
    },

    remove: (tenant, id, holds) =>
      db.transaction({ tenant }, async (sql) => {
        const [assistant] = await sql.query(
          "/* assistant.lock */ select from holdpoint.assistants where assistant_id = $1 for update",
          [id],
        );
        if (!assistant) return "absent";
        const going = holds === null ? [] : await sql.query<{ thread_id: string }>(threadsOf, [tenant, id]);
        for (const { thread_id: threadId } of going) {
          const why = await whyNotDeleted(sql, threadId, holds ?? "refuse");
          if (why === "busy" || why === "held") return { threadId, why };
        }
        for (const { thread_id: threadId } of going) await removeThread(sql, threadId);
        await sql.query("/* assistant.remove */ delete from holdpoint.assistants where assistant_id = $1", [
          id,
        ]);
        return "deleted";
      }),

    async search(tenant, builtIn, filter, { sortBy, sortOrder, limit, offset }) {
      const order = `order by ${sortBy} ${sortOrder}, assistant_id`;
      const rows = await db.once<AssistantRow | { assistant_id: null; total: number }>(
        { tenant },
        `/* assistant.search */ with every as (
           select ${columns} from holdpoint.assistants
           union all
           select ${columns} from jsonb_to_recordset($1) as b (assistant_id uuid, version int, graph_id text, name text,
             description text, config jsonb, context jsonb, metadata jsonb, created_at timestamptz, updated_at timestamptz)),
         found as (
           select * from every
           where ($2::text is null or graph_id = $2)
             and ($3::text is null or strpos(lower(name), lower($3)) > 0)
             and metadata @> $4)
         select page.*, total from (select count(*)::int as total from found) t
         left join (select * from found ${order} limit $5 offset $6) page on true ${order}`,
        [
          JSON.stringify(builtIn.map(assistantToRow)),
          filter.graphId,
          filter.name,
          filter.metadata,
          limit,
          offset,
        ],
      );
      return { items: rows.filter(isAssistantRow).map(rowToAssistant), total: rows[0]?.total ?? 0 };
    },
  };
}

interface VersionRow {
  assistant_id: string;
  version: number;
  graph_id: string;
  name: string;
  description: string | null;
  config: JsonObject;
  context: JsonObject;
  metadata: JsonObject;
  created_at: Date;
}

interface AssistantRow extends VersionRow {
  updated_at: Date;
  /** Of a search. */
  total?: number;
}

/** A page beyond the last one has a total, and no assistant beside it. */
function isAssistantRow(row: { assistant_id: string | null }): row is AssistantRow {
  return row.assistant_id !== null;
}

function rowToVersion(row: VersionRow): AssistantVersion {
  return {
    id: row.assistant_id,
    version: row.version,
    graphId: row.graph_id,
    name: row.name,
    description: row.description,
    config: row.config,
    context: row.context,
    metadata: row.metadata,
    createdAt: row.created_at,
  };
}

function rowToAssistant(row: AssistantRow): Assistant {
  return { ...rowToVersion(row), updatedAt: row.updated_at };
}

function assistantToRow(assistant: Assistant): AssistantRow {
  const { id, graphId, createdAt, updatedAt, ...same } = assistant;
  return { ...same, assistant_id: id, graph_id: graphId, created_at: createdAt, updated_at: updatedAt };
}
