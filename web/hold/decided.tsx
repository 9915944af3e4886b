import { Fragment } from "react";
import type { Review } from "../api.js";
import { useSecondsUntil } from "../clock.js";
import { Foreign } from "../../react/text.js";
import { Age, Person } from "../text.js";
import { done } from "../words.js";

export function Decided({ review }: { review: Review }) {
  const { decision, status } = review;
  const secondsLeft = useSecondsUntil(review.decidingUntil);
  if (!decision) {
    return (
      <p className="decided" role="status">
        {status === "expired"
          ? "Nobody decided in time: it is refused, and its agent is told so."
          : "This no longer waits: it was withdrawn."}
      </p>
    );
  }
  return (
    <div className="decided" role="status">
      <p>
        <strong>{done[decision.type] ?? decision.type}</strong> by <Person id={decision.decidedBy.id} />,{" "}
        <Age at={decision.decidedAt} /> ago.
        {secondsLeft > 0 && ` Nothing of it happens for ${secondsLeft} s: until then it may be taken back.`}
      </p>
      {typeof decision.args["picked"] === "string" && (
        <blockquote>
          <Foreign text={decision.args["picked"]} />
        </blockquote>
      )}
      {(decision.reason ?? decision.message) && (
        <blockquote>
          <Foreign text={decision.reason ?? decision.message ?? ""} />
        </blockquote>
      )}
      {decision.answers.length > 0 && (
        <dl className="said-to">
          {decision.answers.map(({ question, text }) => (
            <Fragment key={question}>
              <dt>{question}</dt>
              <dd>
                <Foreign text={text} />
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </div>
  );
}
