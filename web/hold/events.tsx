// What was done with a hold, beside deciding it.
import type { ReviewEvent } from "../api.js";
import { Foreign } from "../../react/text.js";
import { Age, Moment, Person } from "../text.js";
import { done } from "../words.js";
import { Exchange } from "./exchange.js";
import { Section } from "./section.js";

export function Events({ events }: { events: readonly ReviewEvent[] }) {
  if (events.length === 0) return null;
  return (
    <Section title="What was done with it" id="events">
      <ol className="events">
        {events.map((event, index) => (
          <li key={index}>
            <Told event={event} />{" "}
            <span className="muted">
              <Age at={event.at} /> ago
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Told({ event }: { event: ReviewEvent }) {
  const who = <Person id={event.by.id} />;
  switch (event.kind) {
    case "claimed":
      return <>{who} took it.</>;
    case "released":
      return <>{who} gave it back.</>;
    case "extended":
      return (
        <>
          {who} took more time for it: until <Moment at={event.until} />.
        </>
      );
    case "undone":
      return (
        <>
          {who} took a decision back: {done[event.decision]?.toLowerCase() ?? event.decision}.
        </>
      );
    case "handed_on":
      return (
        <>
          {who} handed it on to{" "}
          <strong>
            <Person id={"tier" in event.to ? event.to.tier : event.to.person} />
          </strong>
          {event.note === null ? (
            "."
          ) : (
            <>
              : <Foreign text={event.note} />
            </>
          )}
        </>
      );
    case "escalated":
      return (
        <>
          Nobody of {event.from} answered in time: it went on to <strong>{event.to}</strong>.
        </>
      );
    case "split":
      return (
        <>
          The votes of {event.from} were divided: it went on to <strong>{event.to}</strong>.
        </>
      );
    case "parked":
      return <>Nobody answered in time. It waits on, without a deadline.</>;
    case "expired":
      return <>Nobody answered in time: it is refused.</>;
    case "orphaned":
      return <>Its call no longer stands in the conversation. Nobody is asked any more, and nothing ran.</>;
    case "commented":
      return <Commented event={event} />;
    case "asked":
      return <Exchange event={event} />;
  }
}

function Commented({ event: { by, text, to } }: { event: Extract<ReviewEvent, { kind: "commented" }> }) {
  return (
    <figure className="quote comment">
      <figcaption>
        <Person id={by.id} />
        {to === null ? (
          " said:"
        ) : (
          <>
            {" "}
            asked <Person id={to} />:
          </>
        )}
      </figcaption>
      <blockquote>
        <Foreign text={text} />
      </blockquote>
    </figure>
  );
}
