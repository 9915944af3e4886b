// LangGraph's streaming protocol over HTTP: commands are requests, a subscription is a stream of server-sent events.
import { isHoldpointError, messageOf } from "../../kernel/errors.js";
import type { protocolRoutes } from "../contract/protocol-routes.js";
import type { Subscription } from "../contract/protocol.js";
import type { HttpDeps } from "../deps.js";
import { findThread } from "../find-thread.js";
import type { HandlersOf } from "../mount.js";
import { unsupported } from "../run-request.js";
import { eventStream, type ServerEvent } from "../sse.js";
import { answerCommand } from "./commands.js";
import { errorAnswer } from "./errors.js";
import { isAskedFor } from "./filter.js";
import { threadEvents, type WatchedThread } from "./thread-events.js";

export function protocolHandlers(deps: HttpDeps): HandlersOf<typeof protocolRoutes> {
  return {
    commandThread: ({ principal, params: { thread_id: threadId }, body }) =>
      answerCommand(deps, { principal, threadId }, body),

    async subscribeThread({ principal, params: { thread_id: threadId }, body, headers, signal }) {
      await findThread(deps, principal, threadId);
      const since = body.since ?? numberIn(headers["last-event-id"]);
      return eventStream(subscription(deps, body, { principal, threadId, since, signal }), {
        headers: {},
        heartbeatMs: deps.heartbeatMs,
      });
    },

    subscribeBySocket() {
      throw unsupported(
        "A WebSocket",
        'Subscribe with POST /threads/:id/stream/events; of LangGraph\'s clients, with `transport: "sse"`.',
      );
    },
  };
}

async function* subscription(
  deps: HttpDeps,
  asked: Subscription,
  watched: WatchedThread,
): AsyncGenerator<ServerEvent> {
  try {
    for await (const event of threadEvents(deps, watched))
      if (isAskedFor(event, asked)) yield { event: event.method, id: event.event_id, data: event };
  } catch (error) {
    // Of a fault its client hears by the end of the stream, and comes again; a thread that is gone stays gone.
    if (isHoldpointError(error, "not_found"))
      yield { event: "error", id: "", data: errorAnswer(null, error, deps.log, "no_such_run") };
    else deps.log.warn("a subscription broke", { threadId: watched.threadId, error: messageOf(error) });
  }
}

/** Text that is no number of ours says nothing. */
function numberIn(eventId: string | undefined): number | null {
  return eventId !== undefined && /^\d{1,16}$/.test(eventId) ? Number(eventId) : null;
}
