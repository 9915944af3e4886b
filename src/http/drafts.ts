// Drafts: changed block by block, watched, and written together with their agents.
import { HoldpointError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { DecideResult } from "../review/answer.js";
import type { Review } from "../review/types.js";
import type { draftRoutes } from "./contract/draft-routes.js";
import type { HttpDeps } from "./deps.js";
import { lookAgain } from "./look-again.js";
import type { HandlersOf } from "./mount.js";
import { eventStream } from "./sse.js";
import { documentToWire, importedToWire } from "./wire/draft-files.js";
import { draftChangeToWire } from "./wire/drafts.js";
import { reviewToWire } from "./wire/reviews.js";

export function draftHandlers({
  runtime,
  heartbeatMs,
}: Pick<HttpDeps, "runtime" | "heartbeatMs">): HandlersOf<typeof draftRoutes> {
  const { drafting } = runtime;
  const find = async ({ tenant }: Principal, id: string): Promise<Review> => {
    const review = await runtime.reviews.find(tenant, id);
    if (review?.draft) return review;
    throw new HoldpointError("not_found", `There is no review ${id} with a draft.`, {
      details: { reviewId: id },
    });
  };

  return {
    async listDraftChanges({ principal, params: { id } }) {
      await find(principal, id);
      const changes = await drafting.changes(principal.tenant, id);
      return { items: changes.map(draftChangeToWire) };
    },

    async changeDraft({ principal, params: { id }, body: { change, ...on } }) {
      return reviewToWire(reviewIn(await drafting.change(principal, id, on, change)), principal);
    },

    async proposeWords({ principal, params: { id }, body: { blockId, instruction } }) {
      const asked =
        blockId === undefined
          ? instruction === undefined
            ? {}
            : { instruction }
          : { blockId, instruction: instruction ?? "" };
      return reviewToWire(reviewIn(await drafting.propose(principal, id, asked)), principal);
    },

    async dismissProposal({ principal, params: { id, proposal_id: proposalId } }) {
      return reviewToWire(reviewIn(await drafting.dismiss(principal, id, proposalId)), principal);
    },

    async exportDraft({ principal, params: { id } }) {
      const found = await drafting.document(principal.tenant, id);
      if (!found.ok) throw found.error;
      return documentToWire(found.document);
    },

    async importDraft({ principal, params: { id }, body }) {
      const imported = await drafting.importEdits(principal, id, body);
      if (!imported.ok) throw imported.error;
      return importedToWire(imported, principal);
    },

    editDraft: async ({ principal, params: { id }, body: { blockId } }) => ({
      items: await drafting.edit(principal, id, blockId),
    }),

    async leaveDraft({ principal, params: { id } }) {
      await find(principal, id);
      await drafting.leave(principal, id);
    },

    async watchDraft({ principal, params: { id }, signal }) {
      await find(principal, id);
      const look = async () => ({
        review: reviewToWire(await find(principal, id), principal),
        editors: await drafting.editors(principal.tenant, id),
      });
      const changed = (): Promise<void> => runtime.nextReviewOf(principal.tenant, signal);
      return eventStream(lookAgain({ event: "draft", look, changed, signal }), { headers: {}, heartbeatMs });
    },
  };
}

function reviewIn(result: DecideResult): Review {
  if (!result.ok) throw result.error;
  return result.review;
}
