// An answer that waits to be read: what was asked, and what would be said to it.
import type { Review, ReviewContext } from "../api.js";
import { Foreign } from "../../react/text.js";
import { Id } from "../text.js";
import { DraftCard } from "./draft.js";
import { Evidence } from "./evidence.js";
import { Head } from "./head.js";
import { Section } from "./section.js";
import { Why } from "./why.js";

export function AnswerCard({
  review,
  context,
  see,
}: {
  review: Review;
  context: ReviewContext | null;
  see(review: Review): void;
}) {
  const asked = context?.conversation.findLast(({ who }) => who === "user");
  return (
    <>
      <Head review={review} title="May this be said?" />
      {asked && (
        <figure className="quote">
          <figcaption>what was asked</figcaption>
          <blockquote>
            <Foreign text={asked.text} />
          </blockquote>
        </figure>
      )}
      {review.draft ? (
        <DraftCard review={review} mayWrite={context?.mayDecide.mayHandle ?? true} see={see} />
      ) : (
        <Section title="The answer, which nobody has read yet" id="args">
          <p className="letter">
            <Foreign text={String(review.args["text"])} />
          </p>
        </Section>
      )}
      <p className="foot">
        What you release is what is said: hash <Id value={review.argsHash} what="hash of the answer" />
      </p>
      <Why review={review} context={context} see={see} />
      <Evidence review={review} context={context} />
    </>
  );
}
