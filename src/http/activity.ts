// What is told to whoever finds the queue empty.
import { readActivity } from "../storage/activity-rows.js";
import type { activityRoutes } from "./contract/activity.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { sinceWhen } from "./since-when.js";

export function activityHandlers({ runtime }: HttpDeps): HandlersOf<typeof activityRoutes> {
  return {
    async getActivity({ principal: { tenant }, query: { since } }) {
      const activity = await readActivity(runtime.db, tenant, sinceWhen(since));
      const [demo = null] = [...runtime.agents.values()].flatMap((agent) =>
        agent.demo === null ? [] : [{ assistantId: agent.id, text: agent.demo }],
      );
      return { ...activity, demo };
    },
  };
}
