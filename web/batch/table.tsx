// The holds of a batch side by side: only what differs, and what stands out first.
import { useEffect, useRef } from "react";
import type { Batch } from "../api.js";
import { Args } from "../hold/args.js";
import { Foreign, visible } from "../../react/text.js";
import { oddWords, shown } from "./words.js";

export type Member = Batch["members"][number];

export function fieldsOf(members: readonly Member[]): { same: string[]; differing: string[] } {
  const names = [...new Set(members.flatMap(({ review }) => Object.keys(review.args)))];
  const differs = (name: string): boolean =>
    new Set(members.map(({ review }) => JSON.stringify(review.args[name]))).size > 1;
  return { same: names.filter((name) => !differs(name)), differing: names.filter((name) => differs(name)) };
}

/** What stands out most is first, then what has to be looked at; of these the oldest. */
export function inOrder({ members, odd }: Batch): Member[] {
  const oddity = ({ review }: Member): number => odd.filter(({ reviewId }) => reviewId === review.id).length;
  return members.toSorted((a, b) => oddity(b) - oddity(a) || Number(b.inSample) - Number(a.inSample));
}

export function BatchTable({
  batch,
  rows,
  differing,
  at,
  opened,
  open,
}: {
  batch: Batch;
  rows: readonly Member[];
  differing: readonly string[];
  /** The row that keys speak of. */
  at: number;
  opened: string | null;
  open(index: number): void;
}) {
  return (
    <div className="batch-table">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Looked at</span>
            </th>
            {differing.map((name) => (
              <th
                scope="col"
                key={name}
                className={rows.every(({ review }) => typeof review.args[name] === "number") ? "figure" : ""}
              >
                <bdi>{visible(name)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((member, index) => (
            <Row
              key={member.review.id}
              {...{ batch, member, differing }}
              isAt={index === at}
              isOpen={member.review.id === opened}
              open={() => open(index)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  batch,
  member: { review, inSample, openedAt },
  differing,
  isAt,
  isOpen,
  open,
}: {
  batch: Batch;
  member: Member;
  differing: readonly string[];
  isAt: boolean;
  isOpen: boolean;
  open(): void;
}) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isAt) row.current?.scrollIntoView({ block: "nearest" });
  }, [isAt]);
  const odd = batch.odd.filter(({ reviewId }) => reviewId === review.id);
  const waits = review.status === "open" || review.status === "claimed";
  const state = openedAt ? "looked at" : inSample ? "look at it first" : "look at it";
  return (
    <>
      <tr
        ref={row}
        className={`${isAt ? "at" : ""} ${odd.length > 0 ? "odd" : ""} ${waits ? "" : "gone"}`}
        aria-current={isAt ? "true" : undefined}
      >
        <td>
          <button
            type="button"
            className={`look ${inSample && !openedAt ? "wanted" : ""}`}
            aria-expanded={isOpen}
            aria-label={`${review.title}: ${state}`}
            title={state}
            onClick={open}
          >
            {openedAt ? "✓" : inSample ? "◉" : "○"}
          </button>
        </td>
        {differing.map((name) => {
          const mark = odd.find(({ field }) => field === name);
          const words = mark && oddWords(mark);
          return (
            <td key={name} className={typeof review.args[name] === "number" ? "figure" : ""}>
              <bdi>{visible(shown(review.args[name]).slice(0, 80))}</bdi>
              {words && (
                <span className="odd-mark" title={words.sentence}>
                  ▲ {words.mark}
                </span>
              )}
            </td>
          );
        })}
      </tr>
      {isOpen && (
        <tr className="detail">
          <td colSpan={differing.length + 1}>
            {!waits && <p>It no longer waits.</p>}
            {odd.map((one) => (
              <p key={one.field} className="odd-sentence">
                <code>{one.field}</code>: <Foreign text={oddWords(one).sentence} />
              </p>
            ))}
            <Args args={review.args} />
            <p className="foot">
              <a href={`/review/${review.id}`}>The whole hold, with its conversation</a>
            </p>
          </td>
        </tr>
      )}
    </>
  );
}
