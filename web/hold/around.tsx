// What stands around a hold: the conversation, and what people decided on those most like it.
import type { Review, ReviewContext } from "../api.js";
import { Args } from "./args.js";
import { Foreign, visible } from "../../react/text.js";
import { Age, Person } from "../text.js";
import { isAsked } from "./asked.js";
import { likenessWords } from "./likeness.js";
import { done, states } from "../words.js";

const names = {
  user: "the person who chats",
  agent: "the agent",
  tool: "a tool",
  other: "the system",
} as const;

export function Around({ context }: { context: ReviewContext | null }) {
  if (!context) return <div className="skeleton" role="progressbar" aria-label="Loading" />;
  return (
    <>
      <section className="section" aria-labelledby="alike-title">
        <h2 id="alike-title">Decided before, the likest first</h2>
        {context.alike.length === 0 ? (
          <p className="muted">Nobody has decided on one like it yet.</p>
        ) : (
          <ul className="alike">
            {context.alike.map(({ review, execution, likeness }) => (
              <li key={review.id}>
                <a href={`/review/${review.id}`}>
                  <bdi>{visible(review.title)}</bdi>
                </a>
                <span className="likeness">
                  <bdi>{visible(likenessWords(likeness))}</bdi>
                </span>
                <span className="under">
                  {done[review.decision?.type ?? ""] ?? "Decided"} by{" "}
                  <Person id={review.decision?.decidedBy.id ?? ""} />
                  {execution && (
                    <>
                      {" · "}
                      <span className={`outcome ${execution}`}>{states[execution]}</span>
                    </>
                  )}
                  {review.decidedAt && (
                    <>
                      {" · "}
                      <Age at={review.decidedAt} /> ago
                    </>
                  )}
                </span>
                {saidIn(review) !== "" && (
                  <blockquote>
                    <Foreign text={saidIn(review)} />
                  </blockquote>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="section" aria-labelledby="talk-title">
        <h2 id="talk-title">Conversation</h2>
        {context.conversation.length === 0 && <p className="muted">It is not kept here.</p>}
        <ol className="talk">
          {context.conversation.map(({ id, who, text, callId }, index) => {
            const call = context.actions.find((action) => action.callId === callId);
            return (
              <li key={id || index} className={who}>
                <span className="who">{call ? <code>{visible(call.tool)}</code> : names[who]}</span>
                {text !== "" && <Foreign text={text} />}
                {context.actions
                  .filter(({ messageId }) => who === "agent" && messageId === id)
                  .map((action) => (
                    <details key={action.id}>
                      <summary>
                        <code>{visible(action.tool)}</code> {stateOf(action)}
                      </summary>
                      <Args args={action.args} />
                    </details>
                  ))}
              </li>
            );
          })}
        </ol>
      </section>
    </>
  );
}

/** Why, or what was answered. */
function saidIn({ decision, kind }: Review): string {
  const { picked } = decision?.args ?? {};
  const answered = isAsked({ kind }) ? [picked, decision?.message] : [];
  return [decision?.reason, ...answered].filter((text) => typeof text === "string").join("\n");
}

function stateOf({ execution, review, route }: ReviewContext["actions"][number]): string {
  if (execution) return states[execution.state] ?? "";
  if (review?.status === "open" || review?.status === "claimed") return "waits for a person";
  if (review?.decision) return done[review.decision]?.toLowerCase() ?? "";
  return route === "refuse" ? "refused" : "not run";
}
