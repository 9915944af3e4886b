import {
  commandAnswerSchema,
  commandSchema,
  lastEventSchema,
  ofThreadSchema,
  protocolEventSchema,
  subscriptionSchema,
} from "./protocol.js";
import { noAnswer, type Route } from "./route.js";

export const protocolRoutes = {
  commandThread: {
    method: "post",
    path: "/threads/{thread_id}/commands",
    group: "LangGraph",
    summary:
      "A command of LangGraph's streaming protocol: starts a run, decides what waits. What is refused is told in the answer.",
    params: ofThreadSchema,
    body: commandSchema,
    answer: commandAnswerSchema,
    problems: [],
  },
  subscribeThread: {
    method: "post",
    path: "/threads/{thread_id}/stream/events",
    group: "LangGraph",
    summary:
      "What happens in a thread, run after run, at any server: events of LangGraph's streaming protocol.",
    params: ofThreadSchema,
    headers: lastEventSchema,
    body: subscriptionSchema,
    answer: protocolEventSchema,
    streams: true,
    problems: ["not_found"],
  },
  subscribeBySocket: {
    method: "get",
    path: "/threads/{thread_id}/stream/events",
    group: "LangGraph",
    summary: "Not supported: the protocol over a WebSocket.",
    params: ofThreadSchema,
    answer: noAnswer,
    status: 204,
    problems: ["unsupported"],
  },
} as const satisfies Record<string, Route>;
