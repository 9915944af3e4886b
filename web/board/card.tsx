import type { BoardCard, BoardColumnName } from "../api.js";
import { linkTo, type Place } from "../router.js";
import { visible } from "../../react/text.js";
import { Age, Person } from "../text.js";
import { marks } from "../words.js";
import { words } from "./columns.js";

export function Card({ card, stage }: { card: BoardCard; stage: BoardColumnName }) {
  const { id, title, agent, at, by, level, what, reviewId } = card;
  const word = words[what];
  return (
    <a
      {...linkTo(placeOf(card, stage))}
      className={what === "failed" || what === "settle" ? "card is-grave" : "card"}
      data-card={id}
      data-review={reviewId ?? undefined}
      data-stage={stage}
    >
      <span className="title">
        {level && (
          <span className={`mark ${level}`} title={marks[level].word}>
            <span aria-hidden="true">{marks[level].shape}</span>
            <span className="sr">{marks[level].word}: </span>
          </span>
        )}
        {what === "run" && title !== null ? (
          <q>
            <bdi>{visible(title)}</bdi>
          </q>
        ) : (
          <bdi>{visible(title ?? "Goes on after a decision")}</bdi>
        )}
      </span>
      <span className="under">
        {word !== null && <span className="word">{word} · </span>}
        {agent}
        {by !== null && (
          <>
            {" · "}
            <Person id={by} />
          </>
        )}{" "}
        · <Age at={at} />
      </span>
    </a>
  );
}

/** What waits is decided in its hold; everything else is read where it happened. */
function placeOf({ reviewId, threadId }: BoardCard, stage: BoardColumnName): Place {
  if (stage === "waiting" && reviewId !== null) return { room: "queue", id: reviewId };
  return { room: "thread", id: threadId, from: reviewId };
}
