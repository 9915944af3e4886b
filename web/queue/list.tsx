import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, type RefObject } from "react";
import type { Review } from "../api.js";
import { usePossession } from "../decide/possession.js";
import { visible } from "../../react/text.js";
import { Age, Left } from "../text.js";
import type { Reviews } from "../../react/use-reviews.js";
import { kinds, marks } from "../words.js";

const rowHeight = 82;

/** The selected one, where it is in the queue no more: it stays in its place until its reader moves on. */
export interface Ghost {
  review: Review;
  at: number;
}

export function QueueList({
  me,
  queue,
  selected,
  ghost,
  open,
}: {
  /** The reader's id. */
  me: string;
  queue: Reviews;
  selected: string | null;
  ghost: Ghost | null;
  open(id: string): void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const { items, hasMore } = queue;
  const [gone, at] = [ghost?.review ?? null, ghost?.at ?? 0];
  const rows = useMemo(() => (gone ? items.toSpliced(at, 0, gone) : items), [items, gone, at]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const seen = virtual.getVirtualItems();
  const first = seen[0]?.index ?? 0;
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    queue.see(first, last);
    if (hasMore && last >= rows.length - 20) queue.more();
  }, [first, last, hasMore, rows.length, queue]);
  const hovered = useRef<string | null>(null);
  useStandingStill(scroller, rows, hovered);
  const index = rows.findIndex(({ id }) => id === selected);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);

  return (
    <div
      ref={scroller}
      className="rows"
      tabIndex={-1}
      onPointerMove={({ target }) => {
        hovered.current = (target as Element).closest<HTMLElement>("[data-id]")?.dataset["id"] ?? null;
      }}
      onPointerLeave={() => {
        hovered.current = null;
      }}
    >
      <ol style={{ height: virtual.getTotalSize() }} aria-label="Waiting for a person">
        {seen.map(({ index: nth, start, key }) => {
          const review = rows[nth];
          if (!review) return null;
          return (
            <li
              key={key}
              style={{ transform: `translateY(${start}px)`, height: rowHeight }}
              aria-setsize={rows.length}
              aria-posinset={nth + 1}
              data-id={review.id}
            >
              <Row
                me={me}
                review={review}
                isSelected={review.id === selected}
                isGone={review.id === gone?.id}
                open={open}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/**
 * What comes and goes above leaves what its reader looks at where it is: the row under the pointer, or else the first in
 * view. Who is at the very top sees what comes.
 */
function useStandingStill(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly Review[],
  hovered: RefObject<string | null>,
): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const was = before.current;
    before.current = rows;
    const list = scroller.current;
    if (!list || was === rows) return;
    const top = list.scrollTop > 0 ? was[Math.floor(list.scrollTop / rowHeight)]?.id : undefined;
    const anchor = hovered.current ?? top;
    const [from = -1, to = -1] = [was, rows].map((some) => some.findIndex(({ id }) => id === anchor));
    if (from >= 0 && to >= 0) list.scrollTop += (to - from) * rowHeight;
  }, [scroller, rows, hovered]);
}

function Row({
  me,
  review,
  isSelected,
  isGone,
  open,
}: {
  me: string;
  review: Review;
  isSelected: boolean;
  isGone: boolean;
  open(id: string): void;
}) {
  const { shape, word } = marks[review.level];
  const possession = usePossession(review, me);
  return (
    <a
      href={`/review/${review.id}`}
      className={`row ${isSelected ? "selected" : ""} ${isGone ? "gone" : ""} ${possession}`}
      aria-current={isSelected ? "true" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(review.id);
      }}
    >
      <span className={`mark ${review.level}`} title={word}>
        <span aria-hidden="true">{shape}</span>
        <span className="sr">{word}: </span>
      </span>
      <span className="what">
        <span className="title">
          <bdi>{visible(review.title)}</bdi>
        </span>
        <span className="under">
          {possession !== "nobody" && !isGone && (
            <>
              <span className="whose">
                {possession === "mine" ? (
                  "yours"
                ) : (
                  <>
                    <bdi>{visible(review.claimedBy?.id ?? "")}</bdi> has it
                  </>
                )}
              </span>
              {" · "}
            </>
          )}
          {isGone ? "no longer waits" : (kinds[review.kind] ?? review.tier)} · {review.graphId}
        </span>
      </span>
      <span className="age">
        {review.expiresAt === null ? <Age at={review.openedAt} /> : <Left until={review.expiresAt} />}
      </span>
    </a>
  );
}
