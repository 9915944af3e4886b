// What was done with a review beside deciding it, in words, for a terminal.
import type { ReviewEvent } from "../http/contract.js";

export function eventText(event: ReviewEvent): string {
  const { at, by } = event;
  return `${at} ${wordsFor(event, by.id)}`;
}

function wordsFor(event: ReviewEvent, who: string): string {
  switch (event.kind) {
    case "claimed":
      return `${who} took it`;
    case "released":
      return `${who} gave it back`;
    case "extended":
      return `${who} took more time for it: until ${event.until}`;
    case "undone":
      return `${who} took a decision back: ${event.decision}`;
    case "handed_on": {
      const to = "tier" in event.to ? event.to.tier : event.to.person;
      return `${who} handed it on to ${to}${event.note === null ? "" : `: ${event.note}`}`;
    }
    case "escalated":
      return `nobody of ${event.from} answered in time: it went on to ${event.to}`;
    case "split":
      return `the votes of ${event.from} were divided: it went on to ${event.to}`;
    case "parked":
      return "nobody answered in time: it waits on, without a deadline";
    case "expired":
      return "nobody answered in time: it is refused";
    case "orphaned":
      return "its call no longer stands in the conversation: nobody is asked any more, and nothing ran";
    case "commented":
      return event.to === null ? `${who} said: ${event.text}` : `${who} asked ${event.to}: ${event.text}`;
    case "asked":
      return `${who} asked the agent: ${event.question} It said: ${event.answer}`;
  }
}
