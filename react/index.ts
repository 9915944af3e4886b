// Parts to put into a page: what waits for a person, and the words that are finished with one. The hooks are without a
// look; the components have one of their own, in `holdpoint/react/style.css`.
export { DraftEditor } from "./draft/editor.js";
export { draftKeys } from "./draft/keys.js";
export { holdpointClient, HoldpointProblem, type ClientOptions, type HoldpointClient } from "./client.js";
export { HoldCard, type HoldCardProps } from "./hold/card.js";
export { heldCallOf, holdsIn, type HeldCall, type HeldInChat } from "./hold/held-call.js";
export { inWords } from "./hold/in-words.js";
export { HoldpointProvider, useHoldpoint } from "./provider.js";
export { useDraft, type SharedDraft } from "./use-draft.js";
export { useHold, type Hold } from "./use-hold.js";
export { useReviews, type Reviews } from "./use-reviews.js";
