// Renders the parts as the package has them where there is no page, and prints what came of it.
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import {
  DraftEditor,
  HoldCard,
  HoldpointProvider,
  useDraft,
  useHold,
  useReviews,
} from "../../dist/react/index.js";

const block = {
  id: "b1",
  kind: "uncertain",
  text: "<b>it comes</b>",
  original: "",
  note: "Is that so?",
  sources: [],
};
const draft = {
  field: "body",
  version: 1,
  completeness: 0,
  isWriting: false,
  proposals: [],
  blocks: [{ ...block, alternatives: [], joint: "nothing", isOpen: true, revision: 0, changedBy: null }],
};
const review = { id: "r1", status: "open", version: 1, draft };
const of = { review, draft, others: [{ person: "mara", blockId: "b1" }], isConnected: true, problem: null };
const hold = { reviewId: "r1", kind: "review", title: "Send it", args: { body: "x" }, argsSchema: {} };
const Hooks = () => h("p", null, useReviews().state, useHold("r1").review, useDraft("r1").draft);
const decide = () => Promise.resolve();
console.log(
  renderToString(
    h(
      HoldpointProvider,
      null,
      h(DraftEditor, { of }),
      h(HoldCard, { hold: { ...hold, allowedAnswers: ["approve"], hasDraft: true }, decide }),
      h(HoldCard, { hold: { ...hold, allowedAnswers: ["approve"], hasDraft: false }, decide }),
      h(Hooks),
    ),
  ),
);
