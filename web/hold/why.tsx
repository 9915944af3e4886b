import type { Review, ReviewContext, ReviewInstructions } from "../api.js";
import { Left } from "../text.js";
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
        {expiresAt !== null ? (
          <Silence at={expiresAt} then={context?.instructions?.onSilence ?? { kind: "expired" }} />
        ) : isAsked(review) ? (
          "On silence nothing happens: it waits, and nothing is guessed."
        ) : (
          "On silence nothing happens: it waits, and is never approved by itself."
        )}
      </p>
    </Section>
  );
}

function Silence({ at, then }: { at: string; then: ReviewInstructions["onSilence"] }) {
  switch (then.kind) {
    case "escalated":
      return (
        <>
          On silence it goes on to <strong>{then.tier}</strong>, <Left until={at} />.
        </>
      );
    case "parked":
      return (
        <>
          On silence it waits on, without a deadline, <Left until={at} />.
        </>
      );
    case "expired":
      return (
        <>
          On silence it is refused, <Left until={at} />.
        </>
      );
  }
}
