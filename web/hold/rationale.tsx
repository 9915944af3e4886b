// What the agent says of its own call. It is a claim, and shown as one.
import type { ReviewContext } from "../api.js";
import { Foreign } from "../../react/text.js";
import { Section } from "./section.js";

type Rationale = NonNullable<ReviewContext["rationale"]>;

export function Claim({ rationale: { why, confidence } }: { rationale: Rationale }) {
  if (why === null && confidence === null) return null;
  return (
    <Section title="Why, in the agent’s words" id="claim">
      <figure className="quote">
        <figcaption>
          the agent&rsquo;s claim, which nobody has checked
          {confidence !== null && <span> · says it is {Math.round(confidence * 100)} % sure</span>}
        </figcaption>
        {why !== null && (
          <blockquote>
            <Foreign text={why} />
          </blockquote>
        )}
      </figure>
    </Section>
  );
}

export function Alternatives({ rationale: { alternatives } }: { rationale: Rationale }) {
  if (alternatives.length === 0) return null;
  return (
    <Section title="What else it considered" id="alternatives">
      <dl className="alternatives">
        {alternatives.map(({ instead, whyNot }, index) => (
          <div key={index}>
            <dt>
              <Foreign text={instead} />
            </dt>
            {whyNot !== null && (
              <dd>
                <Foreign text={whyNot} />
              </dd>
            )}
          </div>
        ))}
      </dl>
    </Section>
  );
}
