// The agent asks: its question, why it asks, and what could be done as it sees it. The decision is the reader's.
import type { Review, ReviewContext } from "../api.js";
import { Foreign, visible } from "../../react/text.js";
import { questionIn } from "./asked.js";
import { Evidence } from "./evidence.js";
import { Head } from "./head.js";
import { Options } from "./options.js";
import { Section } from "./section.js";
import { Why } from "./why.js";

export function QuestionCard({
  review,
  context,
  see,
}: {
  review: Review;
  context: ReviewContext | null;
  see(review: Review): void;
}) {
  const { question, options, why } = questionIn(review);
  return (
    <>
      <Head review={review} title={visible(question)} />
      {why !== undefined && (
        <figure className="quote">
          <figcaption>why it asks, in the agent&rsquo;s words</figcaption>
          <blockquote>
            <Foreign text={why} />
          </blockquote>
        </figure>
      )}
      {options.length > 0 && (
        <Section title="What could be done, as the agent sees it" id="options">
          <Options review={review} options={options} />
        </Section>
      )}
      <Evidence review={review} context={context} />
      <Why review={review} context={context} see={see} />
    </>
  );
}
