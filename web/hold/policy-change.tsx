// A change of the policy: what it says otherwise, and what that would have made of the calls on record.
import type { Review, ReviewContext } from "../api.js";
import { visible } from "../../react/text.js";
import { Id } from "../text.js";
import { Head } from "./head.js";
import { Section } from "./section.js";
import { Texts } from "./texts.js";
import { Why } from "./why.js";

/** As the server writes its arguments. */
interface Change {
  agents: string[];
  changes: string[];
  replay: string[];
  from: string;
  to: string;
}

/** No graph has a name like it. */
export function isPolicyChange({ tool, graphId }: Pick<Review, "tool" | "graphId">): boolean {
  return tool === "change_policy" && graphId.startsWith("policy:");
}

export function PolicyChangeCard({
  review,
  context,
  see,
}: {
  review: Review;
  context: ReviewContext | null;
  see(review: Review): void;
}) {
  const { agents, changes, replay, from, to } = review.args as unknown as Change;
  return (
    <>
      <Head review={review} title={visible(review.title)}>
        <p className="lead">
          Approved, it rules at once what {agents.join(", ")} may do. Until then the policy in force stays.
        </p>
      </Head>
      <Section title="What it says otherwise" id="differs">
        <Texts of={changes} />
        <p className="foot">
          From version <Id value={from} what="version in force" /> to <Id value={to} what="version" />. Its
          whole text: <code>holdpoint policy versions {to.slice(0, 12)}</code>. What you approve is what
          rules: hash <Id value={review.argsHash} what="hash of the arguments" />
        </p>
      </Section>
      {replay.length > 0 && (
        <Section title="What it would have made of the calls on record" id="replayed">
          <Texts of={replay} />
        </Section>
      )}
      <Why review={review} context={context} see={see} />
    </>
  );
}
