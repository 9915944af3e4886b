// LangGraph's long-term memory over our tables, for one tenant. Why not the library's own: docs/decisions/0009.
import {
  BaseStore,
  type GetOperation,
  type Item,
  type ListNamespacesOperation,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from "@langchain/langgraph-checkpoint";
import { HoldpointError } from "../kernel/errors.js";
import type { Database, Statement } from "./database.js";
import { checkLabels, checkPlace, jsonOf } from "./storable-item.js";
import { filtered, labelsOf, matching, pathOf, underPrefix, type Param } from "./store-conditions.js";

export interface StoreOptions {
  now: () => Date;
  /** How long an item lives that says nothing of it; null: for ever. */
  defaultTtlMinutes?: number | null;
  /** A read lets what it reads live as long again, where the reader does not say otherwise. */
  refreshOnRead?: boolean;
}

interface ReadOptions {
  refreshTtl?: boolean;
}
type Get = GetOperation & ReadOptions;
type Search = SearchOperation & ReadOptions;
type Put = PutOperation & { ttl?: number | null };

export class TenantStore extends BaseStore {
  readonly #now: () => Date;
  readonly #defaultTtl: number | null;
  readonly #refreshOnRead: boolean;

  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    { now, defaultTtlMinutes = null, refreshOnRead = true }: StoreOptions,
  ) {
    super();
    this.#now = now;
    this.#defaultTtl = defaultTtlMinutes;
    this.#refreshOnRead = refreshOnRead;
  }

  /** One transaction and one round trip: all of it, in this order, or nothing. */
  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    if (operations.length === 0) return [] as unknown as OperationResults<Op>;
    const plans = operations.map((operation) => this.#plan(operation));
    const results = await this.db.batch(
      { tenant: this.tenant },
      plans.map(({ statement }) => statement),
    );
    return plans.map(({ read }, index) => read(results[index] ?? [])) as OperationResults<Op>;
  }

  override async get(namespace: string[], key: string, options: ReadOptions = {}): Promise<Item | null> {
    const [item] = await this.batch<[Get]>([{ namespace, key, ...options }]);
    return item;
  }

  override async search(
    namespacePrefix: string[],
    options: Omit<Search, "namespacePrefix"> = {},
  ): Promise<SearchItem[]> {
    const [items] = await this.batch<[Search]>([{ namespacePrefix, ...options }]);
    return items;
  }

  /**
   * `index` names fields for a search by meaning. There is none here, so nothing is lost by not having it.
   * @param options.ttl in minutes; null: for ever.
   */
  override async put(
    namespace: string[],
    key: string,
    value: Record<string, unknown>,
    _index?: false | string[],
    options: { ttl?: number | null } = {},
  ): Promise<void> {
    await this.batch<[Put]>([{ namespace, key, value, ...options }]);
  }

  #plan(operation: Operation): Plan {
    if ("namespacePrefix" in operation) return this.#search(operation);
    if ("value" in operation)
      return operation.value === null ? this.#remove(operation) : this.#put(operation);
    if ("key" in operation) return this.#get(operation);
    return this.#listNamespaces(operation);
  }

  #get({ namespace, key, refreshTtl }: Get): Plan {
    checkPlace(namespace, key);
    const { params, param } = newParams();
    const scope = this.#scope(param);
    const where = `${scope.live} and path = ${param(pathOf(namespace))} and key = ${param(key)}`;
    const text = this.#reading(
      `/* store.get */ with found as (${selectItem} where ${where})`,
      scope,
      refreshTtl,
    );
    return { statement: { text, params }, read: ([row]) => (row ? rowToItem(row as ItemRow) : null) };
  }

  #search({ namespacePrefix, filter, limit = 10, offset = 0, query, refreshTtl }: Search): Plan {
    if (query) throw noSearchByMeaning();
    checkLabels(namespacePrefix);
    const { params, param } = newParams();
    const scope = this.#scope(param);
    const where = [scope.live, ...underPrefix(namespacePrefix, param), ...filtered(filter ?? {}, param)];
    const order = "order by updated_at desc, path, key";
    const found = `${selectItem} where ${where.join(" and ")} ${order} limit ${param(limit)} offset ${param(offset)}`;
    const text = `${this.#reading(`/* store.search */ with found as (${found})`, scope, refreshTtl)} ${order}`;
    return { statement: { text, params }, read: (rows) => (rows as ItemRow[]).map(rowToItem) };
  }

  #put({ namespace, key, value, ttl = this.#defaultTtl }: Put): Plan {
    checkPlace(namespace, key);
    return {
      statement: {
        text: `/* store.put */ insert into holdpoint.store_items as s
            (tenant_id, path, key, value, ttl_minutes, expires_at)
          values ($1, $2, $3, $4, $5, $6::timestamptz + $5::float8 * interval '1 minute')
          on conflict (tenant_id, path, key) do update set
            value = excluded.value, ttl_minutes = excluded.ttl_minutes, expires_at = excluded.expires_at,
            updated_at = excluded.updated_at,
            created_at = case when s.expires_at <= $6 then excluded.created_at else s.created_at end`,
        params: [this.tenant, pathOf(namespace), key, jsonOf(value), ttl, this.#now()],
      },
      read: () => undefined,
    };
  }

  #remove({ namespace, key }: PutOperation): Plan {
    checkPlace(namespace, key);
    const text =
      "/* store.delete */ delete from holdpoint.store_items where tenant_id = $1 and path = $2 and key = $3";
    return { statement: { text, params: [this.tenant, pathOf(namespace), key] }, read: () => undefined };
  }

  #listNamespaces({ matchConditions = [], maxDepth, limit, offset }: ListNamespacesOperation): Plan {
    for (const { path } of matchConditions) checkLabels(path);
    const { params, param } = newParams();
    const { live } = this.#scope(param);
    const where = ["true", ...matchConditions.flatMap((condition) => matching(condition, param))];
    const shown = maxDepth === undefined ? "labels" : `labels[1:${param(maxDepth)}::int]`;
    const text = `/* store.list-namespaces */ with every as (
        select distinct string_to_array(left(path, -1), '.') as labels from holdpoint.store_items where ${live})
      select distinct ${shown} as shown from every where ${where.join(" and ")}
      order by shown limit ${param(limit)} offset ${param(offset)}`;
    const read = (rows: object[]) => (rows as { shown: string[] }[]).map(({ shown }) => shown);
    return { statement: { text, params }, read };
  }

  /** The tenant is named beside row-level security: that has a second policy, and an index takes no `or`. */
  #scope(param: Param): Scope {
    const [tenant, now] = [param(this.tenant), `${param(this.#now())}::timestamptz`];
    return { tenant, now, live: `tenant_id = ${tenant} and (expires_at is null or expires_at > ${now})` };
  }

  /** What was found; and, in the same statement, its life made longer. */
  #reading(found: string, { tenant, now }: Scope, refreshTtl = this.#refreshOnRead): string {
    if (!refreshTtl) return `${found} select * from found`;
    return `${found},
      refreshed as (
        update holdpoint.store_items s set expires_at = ${now} + s.ttl_minutes * interval '1 minute'
        from found f
        where s.tenant_id = ${tenant} and s.path = f.path and s.key = f.key and s.ttl_minutes is not null)
      select * from found`;
  }
}

interface Scope {
  tenant: string;
  now: string;
  live: string;
}

interface Plan {
  statement: Statement;
  read(rows: object[]): unknown;
}

interface ItemRow {
  path: string;
  key: string;
  value: Record<string, unknown>;
  created_at: Date;
  updated_at: Date;
}

const selectItem = "select path, key, value, created_at, updated_at from holdpoint.store_items";

function rowToItem({ path, key, value, created_at, updated_at }: ItemRow): Item {
  return { namespace: labelsOf(path), key, value, createdAt: created_at, updatedAt: updated_at };
}

function newParams(): { params: unknown[]; param: Param } {
  const params: unknown[] = [];
  return { params, param: (value) => `$${params.push(value)}` };
}

function noSearchByMeaning(): HoldpointError {
  return new HoldpointError(
    "unsupported",
    "query is not supported as it was sent. The store keeps no vectors; find items by their namespace and a filter.",
    { details: { field: "query" } },
  );
}
