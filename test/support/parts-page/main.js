// A page that is not ours, with the parts in it as the package has them: the list by a hook, the card as it is. With a
// second server they are there twice, each with a client of its own.
import { createElement as h, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import {
  heldCallOf,
  HoldCard,
  holdpointClient,
  HoldpointProvider,
  useHold,
  useReviews,
} from "holdpoint/react";
import "holdpoint/react/style.css";

const { server, key, otherServer, otherKey } = Object.fromEntries(
  new URLSearchParams(location.hash.slice(1)),
);
const clientOf = (url, key) => holdpointClient({ url, headers: () => ({ "x-api-key": key }) });
const client = clientOf(server, key);
const other = otherServer && clientOf(otherServer, otherKey);

function Desk() {
  const { items, state, problem, live } = useReviews();
  const [id, setId] = useState(null);
  return h(
    "div",
    null,
    h("p", { id: "state" }, problem ? problem.code : `${state}, ${live.tally?.open ?? "?"} wait`),
    h(
      "ul",
      null,
      items.map((review) =>
        h("li", { key: review.id }, h("button", { onClick: () => setId(review.id) }, review.title)),
      ),
    ),
    id !== null && h(One, { id, key: id }),
  );
}

function One({ id }) {
  const { review, context, decide } = useHold(id);
  if (!review) return h("p", null, "…");
  if (review.decision)
    return h("p", { id: "decided" }, `${review.decision.type} by ${review.decision.decidedBy.id}`);
  return context && h(HoldCard, { hold: heldCallOf(review, context), decide, takesFocus: true });
}

const root = createRoot(document.getElementById("root"));
root.render(
  h(
    StrictMode,
    null,
    h(HoldpointProvider, { client }, h(Desk)),
    other && h("section", { "aria-label": "Other" }, h(HoldpointProvider, { client: other }, h(Desk))),
  ),
);
document.getElementById("mine").addEventListener("click", () => root.unmount());
