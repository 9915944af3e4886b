// LangGraph's store over HTTP. Each caller speaks with the store of their tenant.
import type { Item } from "@langchain/langgraph-checkpoint";
import type { Principal } from "../kernel/principal.js";
import type { Database } from "../storage/database.js";
import { TenantStore, type StoreOptions } from "../storage/postgres-store.js";
import type { storeRoutes } from "./contract/store-routes.js";
import type { StoreItem } from "./contract/store.js";
import type { HandlersOf } from "./mount.js";
import { unsupported } from "./run-request.js";

export function storeHandlers(
  { runtime: { db } }: { runtime: { readonly db: Database } },
  options: StoreOptions = { now: () => new Date() },
): HandlersOf<typeof storeRoutes> {
  const storeOf = ({ tenant }: Principal): TenantStore => new TenantStore(db, tenant, options);

  return {
    async putItem({ principal, body: { namespace, key, value, index, ttl } }) {
      if (index && index.length > 0)
        throw unsupported("index", "The store keeps no vectors; find items by their namespace and a filter.");
      await storeOf(principal).put(namespace, key, value, undefined, ttl === undefined ? {} : { ttl });
    },

    async getItem({ principal, query: { namespace, key, refresh_ttl } }) {
      const item = await storeOf(principal).get(namespace, key, refreshing(refresh_ttl));
      return item && itemToWire(item);
    },

    async deleteItem({ principal, body: { namespace, key } }) {
      await storeOf(principal).delete(namespace, key);
    },

    async searchItems({ principal, body: { namespace_prefix, filter, limit, offset, query, refresh_ttl } }) {
      const items = await storeOf(principal).search(namespace_prefix ?? [], {
        filter: filter ?? {},
        limit: limit ?? 10,
        offset: offset ?? 0,
        ...(query ? { query } : {}),
        ...refreshing(refresh_ttl),
      });
      return { items: items.map(itemToWire) };
    },

    async listNamespaces({ principal, body: { prefix, suffix, max_depth, limit, offset } }) {
      const namespaces = await storeOf(principal).listNamespaces({
        ...(prefix ? { prefix } : {}),
        ...(suffix ? { suffix } : {}),
        ...(max_depth ? { maxDepth: max_depth } : {}),
        limit: limit ?? 100,
        offset: offset ?? 0,
      });
      return { namespaces };
    },
  };
}

function refreshing(refreshTtl: boolean | null | undefined): { refreshTtl?: boolean } {
  return typeof refreshTtl === "boolean" ? { refreshTtl } : {};
}

function itemToWire({ namespace, key, value, createdAt, updatedAt }: Item): StoreItem {
  return { namespace, key, value, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
