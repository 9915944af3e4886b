// Where everything stands: a column for each stage, live. Arrows go from card to card, Enter opens.
import { useLayoutEffect, useRef } from "react";
import { api, type Board as Stages, type BoardCard, type BoardColumnName } from "../api.js";
import { useKeys } from "../keys.js";
import { RoomLinks } from "../room-links.js";
import { go, queue } from "../router.js";
import { useEvents } from "../use-events.js";
import { Card } from "./card.js";
import { columns } from "./columns.js";
import { cardBeside, type Direction } from "./card-beside.js";

export function Board() {
  const { seen, isConnected } = useEvents<Stages>("board", "board", api.board);
  const focused = useFocusKept(seen);
  const move = (to: Direction) => (): void => cardBeside(document.activeElement, to)?.focus();
  useKeys({
    ArrowLeft: move("left"),
    ArrowRight: move("right"),
    ArrowUp: move("up"),
    ArrowDown: move("down"),
    Escape: () => go(queue),
  });
  return (
    <div className="board-room">
      <header className="room-head">
        <p className="brand">
          <strong>Holdpoint</strong>
        </p>
        <RoomLinks at="board" />
        <h1 className="sr">Where everything stands</h1>
        <p className="line" role="status">
          {!isConnected
            ? "Not connected. It is tried again by itself; what stands here may be old."
            : seen && summary(seen)}
        </p>
      </header>
      <main className="board" aria-label="Board" aria-busy={seen === null} onFocus={focused}>
        {columns.map((column) => (
          <Column key={column.name} column={column} stage={seen?.[column.name] ?? null} />
        ))}
      </main>
      <p className="hint">
        <kbd>←</kbd> <kbd>↑</kbd> <kbd>↓</kbd> <kbd>→</kbd> move · <kbd>Enter</kbd> open · <kbd>Esc</kbd>{" "}
        queue
      </p>
    </div>
  );
}

function Column({
  column: { name, title, means, today },
  stage,
}: {
  column: (typeof columns)[number];
  stage: { count: number; cards: BoardCard[] } | null;
}) {
  return (
    <section
      className={stage?.count === 0 ? "stage is-empty" : "stage"}
      data-stage={name}
      aria-labelledby={`stage-${name}`}
      title={means}
    >
      <h2 id={`stage-${name}`}>
        {title} <span className="count">{stage ? stage.count.toLocaleString() : ""}</span>
        {today && <span className="today">today</span>}
      </h2>
      {stage ? (
        <ol>
          {stage.cards.map((card) => (
            <li key={card.id}>
              <Card card={card} stage={name} />
            </li>
          ))}
          {stage.count > stage.cards.length && (
            <li className="more">and {(stage.count - stage.cards.length).toLocaleString()} older</li>
          )}
        </ol>
      ) : (
        <div className="skeleton" role="progressbar" aria-label="Loading" />
      )}
    </section>
  );
}

function summary({ waiting, working, ranWithoutAsking, executed }: Stages): string {
  const ran = `${executed.count.toLocaleString()} ran today after a decision, ${ranWithoutAsking.toLocaleString()} without asking`;
  const stands = `${working.count.toLocaleString()} at work, ${waiting.count.toLocaleString()} ${waiting.count === 1 ? "waits" : "wait"} for a person`;
  return `${stands}. ${ran}.`;
}

/** A card that moves to another column takes the focus along; that of one that is gone goes to its neighbour. */
function useFocusKept(seen: Stages | null): (event: React.FocusEvent) => void {
  const last = useRef<{ id: string; stage: BoardColumnName; at: number } | null>(null);
  useLayoutEffect(() => {
    if (!last.current || document.activeElement !== document.body) return;
    const { id, stage, at } = last.current;
    const cards = [...document.querySelectorAll<HTMLElement>(`.stage[data-stage="${stage}"] .card`)];
    const same = [...document.querySelectorAll<HTMLElement>(".card")].find(
      ({ dataset }) => dataset["review"] === id || dataset["card"] === id,
    );
    (same ?? cards[at] ?? cards.at(-1) ?? document.querySelector<HTMLElement>(".card"))?.focus();
  }, [seen]);
  return ({ target }) => {
    const { card, review, stage } = (target as HTMLElement).dataset;
    const list = target.closest("ol");
    if (card === undefined || !list) return;
    const at = [...list.querySelectorAll(".card")].indexOf(target);
    last.current = { id: review ?? card, stage: stage as BoardColumnName, at };
  };
}
