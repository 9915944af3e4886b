import { z } from "zod";
import {
  draftChangeRequestSchema,
  draftChangesSchema,
  editorsSchema,
  editRequestSchema,
  proposalRequestSchema,
} from "./draft.js";
import { draftDocumentSchema, editsSchema, importedSchema } from "./draft-file.js";
import { reviewSchema } from "./review.js";
import { idSchema, noAnswer, type Route } from "./route.js";

const ofReview = z.object({ id: idSchema });

const whileItWaits = [
  "not_found",
  "review_already_decided",
  "review_expired",
  "review_claimed",
  "decision_forbidden",
  "decision_stale",
] as const;

export const draftRoutes = {
  listDraftChanges: {
    method: "get",
    path: "/reviews/{id}/draft/changes",
    group: "Reviews",
    for: "staff",
    summary: "Every change of a draft: the block, before, after, by whom.",
    params: ofReview,
    answer: draftChangesSchema,
    problems: ["not_found"],
  },
  changeDraft: {
    method: "post",
    path: "/reviews/{id}/draft/changes",
    group: "Reviews",
    for: "staff",
    summary:
      "Changes one block of a draft, as it was seen. The review has new arguments and a new hash then.",
    params: ofReview,
    body: draftChangeRequestSchema,
    answer: reviewSchema,
    problems: [...whileItWaits, "draft_changed", "edit_refused", "args_invalid", "agent_not_served"],
  },
  proposeWords: {
    method: "post",
    path: "/reviews/{id}/draft/proposals",
    group: "Reviews",
    for: "staff",
    summary:
      "Has the agent propose other words: for one block by an instruction, or for all that nobody is in. Nothing is changed by it.",
    params: ofReview,
    body: proposalRequestSchema,
    answer: reviewSchema,
    problems: [...whileItWaits, "draft_changed", "agent_not_served", "agent_silent"],
  },
  dismissProposal: {
    method: "delete",
    path: "/reviews/{id}/draft/proposals/{proposal_id}",
    group: "Reviews",
    for: "staff",
    summary: "Takes a proposal of the agent's away.",
    params: z.object({ id: idSchema, proposal_id: idSchema }),
    answer: reviewSchema,
    problems: whileItWaits,
  },
  exportDraft: {
    method: "get",
    path: "/reviews/{id}/draft/document",
    group: "Reviews",
    for: "staff",
    summary: "A draft as a document: what stands there, what the machine wrote, and every change.",
    params: ofReview,
    answer: draftDocumentSchema,
    problems: ["not_found"],
  },
  importDraft: {
    method: "post",
    path: "/reviews/{id}/draft/document",
    group: "Reviews",
    for: "staff",
    summary:
      "Takes words that were changed outside as changes of their blocks. What was changed here meanwhile stays, and is told.",
    params: ofReview,
    body: editsSchema,
    answer: importedSchema,
    problems: whileItWaits,
  },
  editDraft: {
    method: "post",
    path: "/reviews/{id}/draft/editors",
    group: "Reviews",
    for: "staff",
    summary:
      "Says that the caller has the draft before them, and is in that block; again within 15 s, for as long as they are.",
    params: ofReview,
    body: editRequestSchema,
    answer: editorsSchema,
    problems: whileItWaits,
  },
  leaveDraft: {
    method: "delete",
    path: "/reviews/{id}/draft/editors",
    group: "Reviews",
    for: "staff",
    summary: "Says that the caller has left the draft.",
    params: ofReview,
    answer: noAnswer,
    status: 204,
    problems: ["not_found"],
  },
  watchDraft: {
    method: "get",
    path: "/reviews/{id}/draft/events",
    group: "Reviews",
    for: "staff",
    summary:
      "The review with its draft and who has it before them, as an event `draft` at once and after each change.",
    params: ofReview,
    answer: z.object({ review: reviewSchema, editors: editorsSchema.shape.items }),
    streams: true,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
