// Several calls that are approved at once: each as exactly what it would be, and what the approval means for it.
import type { Review, ReviewContext } from "../api.js";
import { Foreign, visible } from "../../react/text.js";
import { Id } from "../text.js";
import { marks } from "../words.js";
import { Args } from "./args.js";
import { Evidence } from "./evidence.js";
import { Head } from "./head.js";
import { Section } from "./section.js";
import { Why } from "./why.js";

type Step = NonNullable<Review["steps"]>[number];

export function PlanCard({
  review,
  context,
  see,
}: {
  review: Review;
  context: ReviewContext | null;
  see(review: Review): void;
}) {
  const { why, steps: said = [] } = review.args as { why?: string; steps?: { why?: string }[] };
  return (
    <>
      <Head review={review} title={visible(review.title)}>
        <p className="lead">Approved, each step may be made once within a day, exactly as it stands here.</p>
      </Head>
      {why !== undefined && <Quote text={why} />}
      <Section title="The steps, in their order" id="steps">
        <ol className="plan">
          {(review.steps ?? []).map((step, index) => (
            <li key={index} className={step.passes}>
              <StepLine step={step} />
              {said[index]?.why !== undefined && <Quote text={said[index].why} />}
              <Args args={step.args} />
            </li>
          ))}
        </ol>
        <p className="foot">
          What you approve is what may run: hash <Id value={review.argsHash} what="hash of the arguments" />
        </p>
      </Section>
      <Why review={review} context={context} see={see} />
      <Evidence review={review} context={context} />
    </>
  );
}

function StepLine({ step: { title, level, passes } }: { step: Step }) {
  const { shape, word } = marks[level];
  return (
    <p>
      <strong>
        <Foreign text={title} />
      </strong>{" "}
      <span className="muted">
        <span aria-hidden="true">{shape}</span> {word}; {meanings[passes]}
      </span>
    </p>
  );
}

const meanings: Readonly<Record<Step["passes"], string>> = {
  unasked: "runs without asking, whatever you decide",
  "with-plan": "may run once you approve",
  "by-itself": "is asked about by itself when it is called",
};

function Quote({ text }: { text: string }) {
  return (
    <figure className="quote">
      <figcaption>why, in the agent&rsquo;s words</figcaption>
      <blockquote>
        <Foreign text={text} />
      </blockquote>
    </figure>
  );
}
