import type { Review, ReviewContext } from "../api.js";
import { exact } from "../words.js";
import { isAsked } from "./asked.js";
import { Reasons } from "./reasons.js";
import { Section } from "./section.js";

/** Which rules spoke, and what happens where nobody answers. */
export function Why({ review, context }: { review: Review; context: ReviewContext | null }) {
  const { expiresAt } = review;
  return (
    <Section title="Why you are asked" id="why">
      <Reasons review={review} context={context} />
      <p className="muted">
        {expiresAt
          ? `On silence it is refused, at ${exact.format(new Date(expiresAt))}.`
          : isAsked(review)
            ? "On silence nothing happens: it waits, and nothing is guessed."
            : "On silence nothing happens: it waits, and is never approved by itself."}
      </p>
    </Section>
  );
}
