// The agent hands its case over: what it is about, what was tried, what is open.
import type { Review, ReviewContext } from "../api.js";
import { useKeys } from "../keys.js";
import { go, linkTo, type Place } from "../router.js";
import { Foreign } from "../../react/text.js";
import { caseIn, reasons } from "./asked.js";
import { Evidence } from "./evidence.js";
import { Head } from "./head.js";
import { Section } from "./section.js";
import { Why } from "./why.js";

export function HandoverCard({
  review,
  context,
  see,
}: {
  review: Review;
  context: ReviewContext | null;
  see(review: Review): void;
}) {
  const { reason, summary, tried, open } = caseIn(review);
  return (
    <>
      <Head review={review} title={reasons[reason] ?? reasons.other} />
      <figure className="quote summary">
        <figcaption>the case, in the agent&rsquo;s words</figcaption>
        <blockquote>
          <Foreign text={summary} />
        </blockquote>
      </figure>
      {(review.status === "open" || review.status === "claimed") && context?.instructions && (
        <LeadIt to={{ room: "thread", id: review.threadId, from: review.id }} />
      )}
      <Said title="What was tried" id="tried" lines={tried} none="Nothing, by its own account." />
      <Said title="What is open" id="open" lines={open} none="Nothing, by its own account." />
      <Evidence review={review} context={context} />
      <Why review={review} context={context} see={see} />
    </>
  );
}

/** What the customer needs may be a person, and no answer to the agent. */
function LeadIt({ to }: { to: Place }) {
  useKeys({ o: () => go(to) });
  return (
    <p className="lead-it">
      <a className="link" {...linkTo(to)} aria-keyshortcuts="o">
        Lead the conversation yourself <kbd>o</kbd>
      </a>
      <span className="muted"> There, o takes it over from the agent.</span>
    </p>
  );
}

function Said({
  title,
  id,
  lines,
  none,
}: {
  title: string;
  id: string;
  lines: readonly string[];
  none: string;
}) {
  return (
    <Section title={title} id={id}>
      {lines.length === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        <ul className="said">
          {lines.map((line, index) => (
            <li key={index}>
              <Foreign text={line} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
