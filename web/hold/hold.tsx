// One hold, one screen: what will happen, why it is asked, what it is based on.
import type { Review, ReviewContext } from "../api.js";
import { Age, Id, visible } from "../text.js";
import { exact, marks } from "../words.js";
import { Args } from "./args.js";
import { Events } from "./events.js";
import { Evidence } from "./evidence.js";
import { Reasons } from "./reasons.js";
import { Section } from "./section.js";

export function Hold({ review, context }: { review: Review; context: ReviewContext | null }) {
  const { shape, word } = marks[review.level];
  return (
    <>
      <header className="hold-head">
        <p className="kicker">
          <span className={`mark ${review.level}`}>
            <span aria-hidden="true">{shape}</span> {word}
          </span>
          <span>{review.graphId}</span>
          <span>
            waits for <strong>{review.tier}</strong>, <Age at={review.openedAt} /> by now
          </span>
        </p>
        <h1 tabIndex={-1} id="hold-title">
          <bdi>{visible(review.title)}</bdi>
        </h1>
        {review.kind === "settle" && (
          <p className="lead">It was attempted, and nobody knows the outcome. Did it happen?</p>
        )}
        {review.kind === "question" && <p className="lead">The graph asks, and waits for what you answer.</p>}
      </header>

      <Section title="Exactly this" id="args">
        <Args args={review.args} />
        <p className="foot">
          What you approve is what runs: hash <Id value={review.argsHash} what="hash of the arguments" />
        </p>
      </Section>

      <Section title="Why you are asked" id="why">
        <Reasons review={review} context={context} />
        <p className="muted">
          {review.expiresAt
            ? `On silence it is refused, at ${exact.format(new Date(review.expiresAt))}.`
            : "On silence nothing happens: it waits, and is never approved by itself."}
        </p>
      </Section>

      <Evidence review={review} context={context} />
      <Events events={context?.events ?? []} />
    </>
  );
}
