import type { Review, ReviewContext } from "../api.js";
import { Foreign } from "../text.js";
import { Section } from "./section.js";

/** What the agent said when it proposed the call, and what its tools had told it before. */
export function Evidence({ review, context }: { review: Review; context: ReviewContext | null }) {
  if (!context) {
    return (
      <Section title="What it is based on" id="evidence">
        <div className="skeleton" aria-label="Loading" />
      </Section>
    );
  }
  const proposed = context.actions.find(({ id }) => id === review.actionId);
  const said = context.conversation.find(({ id }) => id === proposed?.messageId);
  const known = context.actions.filter(
    ({ execution, id }) => execution?.state === "succeeded" && execution.result && id !== review.actionId,
  );
  return (
    <Section title="What it is based on" id="evidence">
      {said && said.text !== "" && (
        <figure className="quote">
          <figcaption>the agent, when it proposed this</figcaption>
          <blockquote>
            <Foreign text={said.text} />
          </blockquote>
        </figure>
      )}
      {known.slice(-4).map(({ id, tool, execution }) => (
        <figure className="quote" key={id}>
          <figcaption>
            what <code>{tool}</code> answered
          </figcaption>
          <blockquote>
            <Foreign text={execution?.result ?? ""} />
          </blockquote>
        </figure>
      ))}
      {!said && known.length === 0 && (
        <p className="muted">Nothing: no tool was asked before, and the conversation is not kept here.</p>
      )}
    </Section>
  );
}
