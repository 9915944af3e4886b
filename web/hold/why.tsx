import type { Review, ReviewContext, ReviewInstructions } from "../api.js";
import { visible } from "../../react/text.js";
import { serverNow } from "../clock.js";
import { MoreTime } from "./more-time.js";
import { Left } from "../text.js";
import { isAsked } from "./asked.js";
import { Reasons } from "./reasons.js";
import { Score } from "./score.js";
import { Section } from "./section.js";

interface Props {
  review: Review;
  context: ReviewContext | null;
  /** It was changed from here, and is this now. */
  see(review: Review): void;
}

/** Which rules spoke, and what happens where nobody answers. */
export function Why({ review, context, see }: Props) {
  const { expiresAt } = review;
  const extension = context?.instructions?.extension ?? null;
  return (
    <Section title="Why you are asked" id="why">
      <Reasons review={review} context={context} />
      {context?.score && <Score score={context.score} />}
      <p className="muted">
        {expiresAt !== null ? (
          <>
            <Silence at={expiresAt} then={context?.instructions?.onSilence ?? { kind: "expired" }} />
            <StandingStill hours={context?.instructions?.hours ?? null} />
            {extension && context?.mayDecide.mayHandle && (
              <MoreTime {...extension} id={review.id} see={see} />
            )}
          </>
        ) : isAsked(review) ? (
          "On silence nothing happens: it waits, and nothing is guessed."
        ) : (
          "On silence nothing happens: it waits, and is never approved by itself."
        )}
      </p>
    </Section>
  );
}

/** Where nobody is there yet, its time has not begun. */
function StandingStill({ hours }: { hours: ReviewInstructions["hours"] }) {
  if (hours === null || hours.opensAt === null || hours.outside === "then") return null;
  const { opensAt, zone } = hours;
  const city = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  return (
    <>
      {" "}
      The clock stands still until <time dateTime={opensAt}>{timeIn(zone, opensAt)}</time> in {city}.
    </>
  );
}

function timeIn(zone: string, at: string): string {
  const isThisWeek = Date.parse(at) - serverNow() < 6 * dayMs;
  const day = isThisWeek ? ({ weekday: "long" } as const) : ({ day: "numeric", month: "long" } as const);
  const format = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(new Date(at)).replace(" at ", " ");
}

const dayMs = 86_400_000;

function Silence({ at, then }: { at: string; then: ReviewInstructions["onSilence"] }) {
  switch (then.kind) {
    case "escalated":
      return (
        <>
          On silence it goes on to <strong>{then.tier}</strong>, <Left until={at} />.
        </>
      );
    case "parked":
      return (
        <>
          On silence it waits on, without a deadline, <Left until={at} />.
        </>
      );
    case "instead":
      return (
        <>
          On silence it is refused, and <strong>{visible(then.title)}</strong>{" "}
          {then.args === null ? "cannot be done instead" : "is done instead"}, <Left until={at} />.
        </>
      );
    case "expired":
      return (
        <>
          On silence it is refused, <Left until={at} />.
        </>
      );
  }
}
