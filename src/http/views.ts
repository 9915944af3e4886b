import { HoldpointError } from "../kernel/errors.js";
import { removeView, saveView, viewsOf } from "../storage/view-rows.js";
import type { viewRoutes } from "./contract/view-routes.js";
import { savedViewSchema } from "./contract.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";

export function viewHandlers({ runtime: { db } }: Pick<HttpDeps, "runtime">): HandlersOf<typeof viewRoutes> {
  return {
    async listViews({ principal }) {
      // A filter that an earlier version kept, and this one does not know, is left out.
      const kept = (await viewsOf(db, principal)).map((view) => savedViewSchema.safeParse(view));
      return { items: kept.flatMap(({ data }) => (data ? [data] : [])) };
    },

    async saveView({ principal, params: { name }, body }) {
      await saveView(db, principal, name, body);
      return { name, filter: body };
    },

    async removeView({ principal, params: { name } }) {
      if (await removeView(db, principal, name)) return;
      throw new HoldpointError("not_found", `You have no view named "${name}".`);
    },
  };
}
