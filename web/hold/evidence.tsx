import type { Review, ReviewContext } from "../api.js";
import { linkTo } from "../router.js";
import { Foreign } from "../../react/text.js";
import { Args } from "./args.js";
import { Section } from "./section.js";

const mostShown = 4;

/** What the agent said when it proposed the call, and what its tools had told it before. */
export function Evidence({ review, context }: { review: Review; context: ReviewContext | null }) {
  if (!context) {
    return (
      <Section title="What it is based on" id="evidence">
        <div className="skeleton" role="progressbar" aria-label="Loading" />
      </Section>
    );
  }
  const proposed = context.actions.find(({ id }) => id === review.actionId);
  const turn = context.conversation.findIndex(({ id }) => id === proposed?.messageId);
  const said = context.conversation[turn];
  // What was called beside it, or afterwards, the agent had not heard of when it proposed this.
  const before = context.actions.findIndex(({ messageId }) => messageId === proposed?.messageId);
  const known = context.actions
    .slice(0, Math.max(0, before))
    .filter(({ execution }) => execution?.state === "succeeded" && execution.result);
  const earlier = known.length - mostShown;
  const asked = context.conversation.slice(0, Math.max(0, turn)).findLast(({ who }) => who === "user");
  const placeOf = (id: string) => linkTo({ room: "thread", id: review.threadId, from: id });
  return (
    <Section title="What it is based on" id="evidence">
      {said && said.text !== "" && (
        <figure className="quote">
          <figcaption>
            <a {...placeOf(review.id)}>the agent, when it proposed this</a>
          </figcaption>
          <blockquote>
            <Foreign text={said.text} />
          </blockquote>
        </figure>
      )}
      {asked && (
        <figure className="quote only-middle">
          <figcaption>
            <a {...placeOf(review.id)}>what the person who chats had said</a>
          </figcaption>
          <blockquote>
            <Foreign text={asked.text} />
          </blockquote>
        </figure>
      )}
      {earlier > 0 && (
        <p className="muted">
          <a {...placeOf(review.id)}>{earlier === 1 ? "1 earlier answer" : `${earlier} earlier answers`}</a>{" "}
          of its tools {earlier === 1 ? "stands" : "stand"} in the conversation.
        </p>
      )}
      {known.slice(-mostShown).map(({ id, tool, execution }) => (
        <figure className="quote" key={id}>
          <figcaption>
            <a {...placeOf(id)}>
              what <code>{tool}</code> answered
            </a>
          </figcaption>
          <blockquote>
            <Answer text={execution?.result ?? ""} />
          </blockquote>
        </figure>
      ))}
      {!said && known.length === 0 && (
        <p className="muted">
          {proposed || review.actionId === null
            ? "Nothing: no tool was asked before, and the conversation is not kept here."
            : "So much was called since that it is not looked up here; the whole conversation has it."}
        </p>
      )}
    </Section>
  );
}

function Answer({ text }: { text: string }) {
  const fields = fieldsIn(text);
  return fields ? <Args args={fields} /> : <Foreign text={text} />;
}

/** Null where fields would not say all of it: a name that stands twice, say, or a number that is too long for one. */
function fieldsIn(text: string): Record<string, unknown> | null {
  if (!text.startsWith("{")) return null;
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(parsed) === text && text !== "{}" ? parsed : null;
  } catch {
    return null;
  }
}
