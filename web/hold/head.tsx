import type { ReactNode } from "react";
import type { Review } from "../api.js";
import { Age } from "../text.js";
import { kinds, marks } from "../words.js";

/** What it is about, in one line, with what kind of thing waits above it. */
export function Head({
  review,
  title,
  children,
}: {
  review: Review;
  title: ReactNode;
  children?: ReactNode;
}) {
  const { shape, word } = marks[review.level];
  const kind = kinds[review.kind];
  return (
    <header className="hold-head">
      <p className="kicker">
        <span className={`mark ${review.level}`}>
          <span aria-hidden="true">{shape}</span> {word}
        </span>
        {kind !== null && <strong>{kind}</strong>}
        <span>{review.graphId}</span>
        <span>
          waits for <strong>{review.tier}</strong>, <Age at={review.openedAt} /> by now
        </span>
      </p>
      <h1 tabIndex={-1} id="hold-title">
        <bdi>{title}</bdi>
      </h1>
      {children}
    </header>
  );
}
