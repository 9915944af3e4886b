import type { Review } from "../api.js";
import { Foreign } from "../text.js";
import { exact } from "../words.js";
import { isAsked } from "./asked.js";
import { Section } from "./section.js";

/** Which rules spoke, and what happens where nobody answers. */
export function Why({ review }: { review: Review }) {
  const { reasons, expiresAt } = review;
  return (
    <Section title="Why you are asked" id="why">
      {reasons.length === 0 ? (
        <p>
          {isAsked(review)
            ? "The agent asks by itself, and goes on with what you answer."
            : "No rule spoke: a call of this kind always waits for a person."}
        </p>
      ) : (
        <ul className="reasons">
          {reasons.map(({ rule, text }) => (
            <li key={`${rule} ${text}`}>
              <Foreign text={text} /> <code>{rule}</code>
            </li>
          ))}
        </ul>
      )}
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
