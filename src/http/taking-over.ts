// Taking a conversation over from its agent, writing in it, and handing it back.
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { TakeOver } from "../review/taking-over.js";
import { ownLastIn } from "../runs/led-input.js";
import type { LedThread } from "../runs/taking-over.js";
import type * as wire from "./contract.js";
import type { takingOverRoutes } from "./contract/taking-over.js";
import type { HttpDeps } from "./deps.js";
import { findThread } from "./find-thread.js";
import type { HandlersOf } from "./mount.js";
import { turnsIn } from "./wire/story.js";

export function takingOverHandlers(deps: HttpDeps): HandlersOf<typeof takingOverRoutes> {
  const { takingOver } = deps.runtime;
  return {
    async takeOver({ principal, params: { thread_id: threadId }, body: { from = null } }) {
      const thread = await ledThread(deps, principal, threadId);
      return takeOverToWire(threadId, await takingOver.begin(principal, thread, from));
    },

    async writeMessage({ principal, params: { thread_id: threadId }, body: { text, id = null } }) {
      const thread = await ledThread(deps, principal, threadId);
      const letter = await takingOver.write(principal, thread, { id, text });
      return { id: letter.id };
    },

    async handBack({ principal, params: { thread_id: threadId }, body: { note = null } }) {
      const thread = await ledThread(deps, principal, threadId);
      return takeOverToWire(threadId, await takingOver.end(principal, thread, note));
    },
  };
}

async function ledThread(deps: HttpDeps, principal: Principal, threadId: string): Promise<LedThread> {
  const { graphId } = await findThread(deps, principal, threadId);
  if (graphId === null || !deps.runtime.agents.has(graphId)) {
    throw new HoldpointError(
      "unsupported",
      graphId === null
        ? `No agent has worked in thread ${threadId} yet, so there is no conversation to take over.`
        : `Thread ${threadId} belongs to the graph "${graphId}", which knows nothing of Holdpoint: it could not be kept silent.`,
      { details: { threadId } },
    );
  }
  const { values } = await deps.runtime.stateOf(principal, { threadId, graphId });
  const turns = turnsIn(values);
  return {
    threadId,
    graphId,
    after: turns.at(-1)?.message.id ?? null,
    spoken: ownLastIn(turns.map(({ message }) => message))?.id ?? null,
  };
}

export function takeOverToWire(threadId: string, { by, at, back }: TakeOver): wire.TakeOver {
  return {
    threadId,
    by: { id: by.id, kind: by.kind },
    at: at.toISOString(),
    handedBackAt: back?.at.toISOString() ?? null,
    note: back?.note ?? null,
  };
}
