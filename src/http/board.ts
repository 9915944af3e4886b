// The board: where everything stands, once or told whenever it has changed.
import { readBoard } from "../storage/board-rows.js";
import type { Board } from "./contract.js";
import type { storyRoutes } from "./contract/story-routes.js";
import type { HttpDeps } from "./deps.js";
import { lookAgain } from "./look-again.js";
import type { HandlersOf } from "./mount.js";
import { eventStream } from "./sse.js";
import { sinceWhen } from "./since-when.js";
import { boardToWire } from "./wire/board.js";

const newest = 20;
/** Runs tell of each step, and nobody reads a board that fast. */
const restMs = 500;

export function boardHandlers({
  runtime,
  heartbeatMs,
}: HttpDeps): HandlersOf<Pick<typeof storyRoutes, "getBoard" | "watchBoard">> {
  const look = async (tenant: string, since: Date): Promise<Board> =>
    boardToWire(await readBoard(runtime.db, tenant, since, newest));
  return {
    getBoard: ({ principal: { tenant }, query: { since } }) => look(tenant, sinceWhen(since)),

    async watchBoard({ principal: { tenant }, query, signal }) {
      const since = sinceWhen(query.since);
      const events = lookAgain({
        event: "board",
        look: () => look(tenant, since),
        changed: () => runtime.nextWorkOf(tenant, signal),
        signal,
        restMs,
      });
      return eventStream(events, { headers: {}, heartbeatMs });
    },
  };
}
