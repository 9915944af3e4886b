// Some doors of the server by themselves, with LangGraph's own client before them: no runtime, no socket.
import { Client } from "@langchain/langgraph-sdk";
import { Hono } from "hono";
import type { Route } from "../../src/http/contract/route.js";
import { mount, type Handler, type HandlersOf } from "../../src/http/mount.js";
import { problemResponse } from "../../src/http/problem.js";
import type { AnyGraph, ServedGraph } from "../../src/graph/served-graph.js";
import { silentLog } from "../../src/kernel/log.js";
import { localPerson } from "../../src/kernel/principal.js";

export interface Mounted {
  client: Client;
  /** What the client does not show: headers, and bodies it would not send. */
  fetch(path: string, init?: { method?: string; body?: unknown }): Promise<Response>;
}

/** @param tenant whose caller everybody is who comes through this client. */
export function mounted<Doors extends Record<string, Route>>(
  doors: Doors,
  handlers: HandlersOf<Doors>,
  tenant: string,
): Mounted {
  const app = new Hono();
  const gate = {
    admit: () => Promise.resolve({ ...localPerson, tenant }),
    isStillIn: () => Promise.resolve(true),
  };
  for (const [name, route] of Object.entries<Route>(doors)) {
    const handler = handlers[name] as unknown as Handler<Route>;
    mount(app, { gate, lookEveryMs: 15_000 }, route, handler);
  }
  app.onError((error) => problemResponse(error, silentLog));
  const fetch = (url: string | URL | Request, init?: RequestInit) =>
    Promise.resolve(app.fetch(new Request(url, init)));
  return {
    client: new Client({ apiUrl: "http://test", apiKey: null, callerOptions: { maxRetries: 0, fetch } }),
    fetch: (path, { method = "POST", body } = {}) =>
      fetch(`http://test${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** Of a served graph, what a door needs that runs nothing. */
export function plainGraph(id: string, graph: unknown): ServedGraph {
  return { id, kind: "plain", open: () => Promise.resolve(graph as AnyGraph) } as ServedGraph;
}
