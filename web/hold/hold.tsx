// One hold, one screen: what will happen, why it is asked, what it is based on; or what the agent itself asks.
import type { Review, ReviewContext } from "../api.js";
import { visible } from "../../react/text.js";
import { Id } from "../text.js";
import { AnswerCard } from "./answer.js";
import { Args } from "./args.js";
import { DraftCard } from "./draft.js";
import { Events } from "./events.js";
import { Evidence } from "./evidence.js";
import { HandoverCard } from "./handover.js";
import { Head } from "./head.js";
import { QuestionCard } from "./question.js";
import { PlanCard } from "./plan.js";
import { isPolicyChange, PolicyChangeCard } from "./policy-change.js";
import { Alternatives, Claim } from "./rationale.js";
import { Section } from "./section.js";
import { Why } from "./why.js";

interface Shown {
  review: Review;
  context: ReviewContext | null;
  /** It was changed from here, and is this now. */
  see(review: Review): void;
}

export function Hold(shown: Shown) {
  return (
    <>
      <Card {...shown} />
      <Events events={shown.context?.events ?? []} />
    </>
  );
}

function Card(shown: Shown) {
  const { kind } = shown.review;
  switch (kind) {
    case "ask":
      return <QuestionCard {...shown} />;
    case "handover":
      return <HandoverCard {...shown} />;
    case "plan":
      return <PlanCard {...shown} />;
    case "reply":
      return <AnswerCard {...shown} />;
    case "review":
      return isPolicyChange(shown.review) ? <PolicyChangeCard {...shown} /> : <CallCard {...shown} />;
    case "settle":
    case "question":
      return <CallCard {...shown} />;
  }
}

function CallCard({ review, context, see }: Shown) {
  const rationale = context?.rationale;
  return (
    <>
      <Head review={review} title={visible(review.title)}>
        {review.kind === "settle" && (
          <p className="lead">It was attempted, and nobody knows the outcome. Did it happen?</p>
        )}
        {review.kind === "question" && <p className="lead">The graph asks, and waits for what you answer.</p>}
      </Head>

      {review.draft && (
        <DraftCard review={review} mayWrite={context?.mayDecide.mayHandle ?? true} see={see} />
      )}
      <Section title="Exactly this" id="args">
        <Args args={review.args} elsewhere={review.draft?.field} />
        <p className="foot">
          What you approve is what runs: hash <Id value={review.argsHash} what="hash of the arguments" />
        </p>
      </Section>

      <Why review={review} context={context} see={see} />
      {rationale && <Claim rationale={rationale} />}
      <Evidence review={review} context={context} />
      {rationale && <Alternatives rationale={rationale} />}
    </>
  );
}
