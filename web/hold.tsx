// One hold, one screen: what will happen, why it is asked, what it is based on.
import type { ReactNode } from "react";
import type { Review, ReviewContext } from "./api.js";
import { Age, Foreign, Id, visible } from "./text.js";
import { done, exact, marks } from "./words.js";

export function Hold({ review, context }: { review: Review; context: ReviewContext | null }) {
  const { shape, word } = marks[review.level];
  return (
    <>
      <header className="hold-head">
        <p className="kicker">
          <span className={`mark ${review.level}`}>
            <span aria-hidden="true">{shape}</span> {word}
          </span>
          <span>{review.graphId}</span>
          <span>
            waits for <strong>{review.tier}</strong>, <Age at={review.openedAt} /> by now
          </span>
        </p>
        <h1 tabIndex={-1} id="hold-title">
          <bdi>{visible(review.title)}</bdi>
        </h1>
        {review.kind === "settle" && (
          <p className="lead">It was attempted, and nobody knows the outcome. Did it happen?</p>
        )}
        {review.kind === "question" && <p className="lead">The graph asks, and waits for what you answer.</p>}
      </header>

      <Section title="Exactly this" id="args">
        <Args args={review.args} />
        <p className="foot">
          What you approve is what runs: hash <Id value={review.argsHash} what="hash of the arguments" />
        </p>
      </Section>

      <Section title="Why you are asked" id="why">
        {review.reasons.length === 0 ? (
          <p>No rule spoke: a call of this kind always waits for a person.</p>
        ) : (
          <ul className="reasons">
            {review.reasons.map(({ rule, text }) => (
              <li key={`${rule} ${text}`}>
                <Foreign text={text} /> <code>{rule}</code>
              </li>
            ))}
          </ul>
        )}
        <p className="muted">
          {review.expiresAt
            ? `On silence it is refused, at ${exact.format(new Date(review.expiresAt))}.`
            : "On silence nothing happens: it waits, and is never approved by itself."}
        </p>
      </Section>

      <Evidence review={review} context={context} />
    </>
  );
}

export function Decided({ review }: { review: Review }) {
  const { decision, status } = review;
  if (!decision) {
    return (
      <p className="decided" role="status">
        This no longer waits: it was {status === "superseded" ? "withdrawn" : status}.
      </p>
    );
  }
  return (
    <div className="decided" role="status">
      <p>
        <strong>{done[decision.type] ?? decision.type}</strong> by {decision.decidedBy.id},{" "}
        <Age at={decision.decidedAt} /> ago.
      </p>
      {(decision.reason ?? decision.message) && (
        <blockquote>
          <Foreign text={decision.reason ?? decision.message ?? ""} />
        </blockquote>
      )}
    </div>
  );
}

function Section({ title, id, children }: { title: string; id: string; children: ReactNode }) {
  return (
    <section aria-labelledby={`${id}-title`} className="section">
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

export function Args({ args }: { args: Record<string, unknown> }) {
  const entries = Object.entries(args);
  if (entries.length === 0) return <p className="muted">Without arguments.</p>;
  return (
    <dl className="args">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>
            <bdi>{visible(name)}</bdi>
          </dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  if (typeof value === "string")
    return value === "" ? <span className="muted">empty text</span> : <Foreign text={value} />;
  if (typeof value === "number") return <span className="number">{String(value)}</span>;
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  if (value === null) return <span className="muted">nothing</span>;
  return <Foreign className="json" text={JSON.stringify(value, null, 2)} />;
}

/** What the agent said when it proposed the call, and what its tools had told it before. */
function Evidence({ review, context }: { review: Review; context: ReviewContext | null }) {
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
