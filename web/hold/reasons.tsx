// Why a person is asked, and what the rule that asks says of how such cases are decided.
import type { Review, ReviewContext } from "../api.js";
import { Foreign } from "../../react/text.js";
import { isAsked } from "./asked.js";
import { Guided } from "./guided.js";

export function Reasons({ review, context }: { review: Review; context: ReviewContext | null }) {
  if (review.reasons.length === 0) {
    return (
      <p>
        {isAsked(review)
          ? "The agent asks by itself, and goes on with what you answer."
          : "No rule spoke: a call of this kind always waits for a person."}
      </p>
    );
  }
  const guidelines = context?.instructions?.guidelines ?? [];
  return (
    <ul className="reasons">
      {review.reasons.map(({ rule, text }) => {
        const guideline = guidelines.find((one) => one.rule === rule);
        return (
          <li key={`${rule} ${text}`}>
            <Foreign text={text} /> <code>{rule}</code>
            {guideline && <Guided guideline={guideline} />}
          </li>
        );
      })}
      {guidelines
        .filter(({ rule }) => !review.reasons.some((reason) => reason.rule === rule))
        .map((guideline) => (
          <li key={guideline.rule}>
            This rule speaks since it was proposed. <code>{guideline.rule}</code>
            <Guided guideline={guideline} />
          </li>
        ))}
    </ul>
  );
}
