// LangGraph's assistants: the one each graph is born with, and those that clients make.
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { isUuid } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { createAssistantStore, type AssistantFilter } from "../storage/assistant-rows.js";
import { assistantConfig } from "./assistant-config.js";
import { builtInAssistants } from "./built-in-assistants.js";
import type { assistantRoutes } from "./contract/assistant-routes.js";
import type { assistantCountSchema } from "./contract/assistant.js";
import {
  findAssistant,
  findBuiltIn,
  graphOf,
  noSuchAssistant,
  type AssistantDeps,
} from "./find-assistant.js";
import { notDeleted } from "./find-thread.js";
import { drawGraph, graphSchemas, subgraphSchemas } from "./graph-shape.js";
import type { HandlersOf } from "./mount.js";
import { refuseContext, unsupported } from "./run-request.js";
import { assistantToWire, versionToWire } from "./wire/assistants.js";

export { resolveAssistant, type AssistantDeps, type ResolvedAssistant } from "./find-assistant.js";

export function assistantHandlers(deps: AssistantDeps): HandlersOf<typeof assistantRoutes> {
  const store = createAssistantStore(deps.runtime.db);

  const bornWithGraphs = () => builtInAssistants(deps.runtime.graphs, deps.startedAt);
  const ownId = (assistantId: string): string => {
    if (findBuiltIn(deps, assistantId)) throw belongsToItsGraph(assistantId);
    if (isUuid(assistantId)) return assistantId;
    throw noSuchAssistant(deps, assistantId);
  };
  const openGraph = async (principal: Principal, assistantId: string) => {
    const { graphId, config } = await findAssistant(deps, principal, assistantId);
    const served = graphOf(deps, graphId);
    return { served, graph: await served.open((config["configurable"] ?? {}) as JsonObject) };
  };

  return {
    async createAssistant({ principal: { tenant }, body }) {
      const context = (body.context ?? {}) as JsonObject;
      refuseContext(graphOf(deps, body.graph_id), context);
      const id = (body.assistant_id ?? randomUUID()).toLowerCase();
      const builtIn = findBuiltIn(deps, id);
      const made = builtIn
        ? null
        : await store.create(tenant, id, {
            graphId: body.graph_id,
            name: body.name ?? body.graph_id,
            description: body.description ?? null,
            config: assistantConfig(body.config ?? {}),
            context,
            metadata: (body.metadata ?? {}) as JsonObject,
          });
      if (made) return assistantToWire(made);
      const existing = body.if_exists === "do_nothing" ? (builtIn ?? (await store.find(tenant, id))) : null;
      if (existing) return assistantToWire(existing);
      throw isTaken(id);
    },

    getAssistant: async ({ principal, params }) =>
      assistantToWire(await findAssistant(deps, principal, params.assistant_id)),

    async updateAssistant({ principal, params, body }) {
      const { graph_id, name, description, config, context, metadata } = body;
      const id = ownId(params.assistant_id);
      if (graph_id) graphOf(deps, graph_id);
      if (graph_id || context) {
        const before = await findAssistant(deps, principal, id);
        // Where another server has its graph, that one says so when it is run.
        const served = deps.runtime.graphs.get(graph_id ?? before.graphId);
        if (served) refuseContext(served, (context ?? before.context) as JsonObject);
      }
      const changed = await store.update(principal.tenant, id, {
        ...(graph_id ? { graphId: graph_id } : {}),
        ...(name ? { name } : {}),
        ...(typeof description === "string" ? { description } : {}),
        ...(config ? { config: assistantConfig(config) } : {}),
        ...(context ? { context: context as JsonObject } : {}),
        ...(metadata ? { metadata: metadata as JsonObject } : {}),
      });
      if (!changed) throw noSuchAssistant(deps, params.assistant_id);
      return assistantToWire(changed);
    },

    async deleteAssistant({ principal: { tenant }, params, query }) {
      const holds = query.delete_threads ? query.holds : null;
      const removal = await store.remove(tenant, ownId(params.assistant_id), holds);
      if (removal === "absent") throw noSuchAssistant(deps, params.assistant_id);
      if (removal !== "deleted") throw notDeleted(removal.threadId, removal.why);
    },

    async searchAssistants({ principal: { tenant }, body }) {
      const { sort_by, sort_order, select } = body;
      const limit = body.limit ?? 10;
      const offset = body.offset ?? 0;
      const { items, total } = await store.search(tenant, bornWithGraphs(), filterOf(body), {
        sortBy: sort_by ?? "created_at",
        sortOrder: sort_order ?? "desc",
        limit,
        offset,
      });
      const next = offset + items.length;
      const headers = {
        "x-pagination-total": String(total),
        ...(items.length > 0 && next < total ? { "x-pagination-next": String(next) } : {}),
      };
      const shown = items.map((item) => {
        const fields = Object.entries(assistantToWire(item));
        return Object.fromEntries(fields.filter(([name]) => !select || select.some((one) => one === name)));
      });
      return Response.json(shown, { headers });
    },

    async countAssistants({ principal: { tenant }, body }) {
      const nothing = { sortBy: "assistant_id", sortOrder: "asc", limit: 0, offset: 0 } as const;
      return (await store.search(tenant, bornWithGraphs(), filterOf(body), nothing)).total;
    },

    async listAssistantVersions({ principal, params, body }) {
      const { limit, offset, metadata } = { ...body, metadata: (body.metadata ?? {}) as JsonObject };
      const builtIn = findBuiltIn(deps, params.assistant_id);
      if (builtIn) {
        const isFound = Object.entries(metadata).every(([name, value]) => builtIn.metadata[name] === value);
        return isFound && !offset ? [versionToWire(builtIn)] : [];
      }
      const { id } = await findAssistant(deps, principal, params.assistant_id);
      const page = { metadata, limit: limit ?? 10, offset: offset ?? 0 };
      return (await store.versions(principal.tenant, id, page)).map(versionToWire);
    },

    async useAssistantVersion({ principal, params, body: { version } }) {
      const changed = await store.useVersion(principal.tenant, ownId(params.assistant_id), version);
      if (changed) return assistantToWire(changed);
      const { id } = await findAssistant(deps, principal, params.assistant_id);
      throw new HoldpointError("not_found", `Assistant ${id} has no version ${version}.`);
    },

    async getAssistantGraph({ principal, params, query }) {
      const { graph } = await openGraph(principal, params.assistant_id);
      return drawGraph(graph, query.xray ?? "false");
    },

    async getAssistantSchemas({ principal, params }) {
      const { served, graph } = await openGraph(principal, params.assistant_id);
      return graphSchemas(served, graph);
    },

    async getAssistantSubgraphs({ principal, params, query }) {
      const { served, graph } = await openGraph(principal, params.assistant_id);
      return subgraphSchemas(served.id, graph, { namespace: null, recurse: query.recurse ?? false });
    },

    async getAssistantSubgraph({ principal, params, query }) {
      const { served, graph } = await openGraph(principal, params.assistant_id);
      const { namespace } = params;
      return subgraphSchemas(served.id, graph, { namespace, recurse: query.recurse ?? false });
    },
  };
}

function filterOf({ graph_id, name, metadata }: z.output<typeof assistantCountSchema>): AssistantFilter {
  return { graphId: graph_id ?? null, name: name ?? null, metadata: (metadata ?? {}) as JsonObject };
}

function belongsToItsGraph(assistantId: string): HoldpointError {
  return unsupported(
    "assistant_id",
    `"${assistantId}" is the assistant its graph is born with, which stays as it is. Make one of your own with POST /assistants.`,
  );
}

function isTaken(assistantId: string): HoldpointError {
  return new HoldpointError(
    "assistant_exists",
    `There is an assistant ${assistantId} already. Leave out assistant_id to get a new one, or send ` +
      `"if_exists": "do_nothing" to get the one there is.`,
    { details: { assistantId } },
  );
}
