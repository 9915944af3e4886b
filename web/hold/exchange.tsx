import type { ReviewEvent } from "../api.js";
import { Foreign } from "../../react/text.js";
import { Person } from "../text.js";

/** What the agent was asked, and what it said: its words, not ours. */
export function Exchange({
  event: { by, question, answer },
}: {
  event: Extract<ReviewEvent, { kind: "asked" }>;
}) {
  return (
    <figure className="quote exchange">
      <figcaption>
        <Person id={by.id} /> asked the agent: <Foreign text={question} />
      </figcaption>
      <blockquote>
        <Foreign text={answer} />
      </blockquote>
    </figure>
  );
}
