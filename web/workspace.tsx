// The three columns: what waits, the one, what stands around it.
import { useEffect, useRef, useState } from "react";
import { useHold } from "../react/use-hold.js";
import { useReviews } from "../react/use-reviews.js";
import type { Me, Review } from "./api.js";
import { OpenBatch } from "./batch/open-batch.js";
import { Decide } from "./decide/decide.js";
import { UndoLine } from "./decide/undo-line.js";
import { useUndo } from "./decide/use-undo.js";
import { Around } from "./hold/around.js";
import { Decided } from "./hold/decided.js";
import { Hold } from "./hold/hold.js";
import { FirstRun, useDemo } from "./first-run.js";
import { useKeys } from "./keys.js";
import { Figures } from "./queue/figures.js";
import { Filters } from "./queue/filters.js";
import { QueueList } from "./queue/list.js";
import { useViews } from "./queue/use-views.js";
import { Empty, Missing, Resting } from "./states.js";
import { ApproveAhead } from "./standing/approve-ahead.js";
import { mayApproveAhead } from "./standing/words.js";
import { StopLinks } from "./stops/stop-links.js";
import type { Stoppable } from "./stops/words.js";
import { RoomLinks } from "./room-links.js";
import { go, linkTo, useFilter, useSelected } from "./router.js";
import { useActivity } from "./use-activity.js";
import { useMedia } from "./use-media.js";
import { done } from "./words.js";

interface Props {
  me: Me;
  /** Null for whoever may not. */
  stop: ((what: Stoppable) => void) | null;
  signOut: (() => void) | null;
}

export function Workspace({ me, stop, signOut }: Props) {
  const [filter, setFilter] = useFilter();
  const views = useViews();
  const queue = useReviews(filter);
  const { live } = queue;
  const [selected, select] = useSelected();
  const opened = useHold(selected);
  const [last, setLast] = useState<string | null>(null);
  const [showsAround, setShowsAround] = useState(false);

  // Elsewhere it always stands there. As in the stylesheet.
  const isAroundAside = useMedia("(min-width: 761px) and (max-width: 1180px)");

  const { items } = queue;
  const index = items.findIndex(({ id }) => id === selected);
  const waits = opened.review?.status === "open" || opened.review?.status === "claimed";
  const isGone = opened.review !== null && index < 0 && !waits;
  // Where it stood, it stays until its reader moves on; from there they go to what is beside it.
  const place = useRef(0);
  if (index >= 0) place.current = index;
  const ghost = isGone && opened.review ? { review: opened.review, at: place.current } : null;
  const move = (by: 1 | -1): void => {
    const nearest = ghost ? ghost.at + (by > 0 ? 0 : -1) : by > 0 ? 0 : items.length - 1;
    const to = index < 0 ? nearest : index + by;
    const item = items[Math.min(items.length - 1, Math.max(0, to))];
    if (item) select(item.id);
  };
  useKeys({
    j: items.length > 0 ? () => move(1) : undefined,
    k: items.length > 0 ? () => move(-1) : undefined,
    Enter: opened.review ? () => document.getElementById("hold-title")?.focus() : undefined,
    c: opened.review && isAroundAside ? () => setShowsAround((shown) => !shown) : undefined,
    v: opened.review
      ? () => opened.review && go({ room: "thread", id: opened.review.threadId, from: opened.review.id })
      : undefined,
    Escape: selected ? () => select(null) : undefined,
  });

  const isFiltered = Object.keys(filter).length > 0;
  const activity = useActivity(queue.state === "ready" && items.length === 0, live.changes);
  const demo = useDemo(activity?.demo ?? null, items, select);

  const undo = useUndo(live.changes, (review) => {
    setLast(`Taken back: ${review.title}`);
    select(review.id);
  });
  useKeys({ u: undo.review ? undo.undo : undefined });

  const decided = (review: Review): void => {
    // Others have to agree first: it stays in the queue.
    if (review.status === "open") {
      setLast(
        `${review.votes && review.votes.items.length > 0 ? "Voted" : "Put before others"}: ${review.title}`,
      );
      opened.again();
      return;
    }
    undo.decided(review);
    setLast(`${done[review.decision?.type ?? ""] ?? "Decided"}: ${review.title}`);
    const next = items[index + 1] ?? items[index - 1];
    queue.drop(review.id);
    hasDecided.current = true;
    select(next && next.id !== review.id ? next.id : null);
  };

  // The button that was pressed is gone with its hold; whoever pressed it goes on with what comes next.
  const hasDecided = useRef(false);
  const isShown = selected === null || opened.review?.id === selected;
  useEffect(() => {
    if (!hasDecided.current || !isShown) return;
    hasDecided.current = false;
    document
      .querySelector<HTMLElement>(selected === null ? ".queue .rows, main.hold" : "#hold-title")
      ?.focus();
  }, [selected, isShown]);

  return (
    <div className={selected ? "workspace has-selected" : "workspace"}>
      <nav className="queue" aria-label="Queue">
        <header>
          <p className="brand">
            <strong>Holdpoint</strong>
            <span className="muted">{me.id}</span>
            {signOut && (
              <button type="button" className="link" onClick={signOut}>
                Sign out
              </button>
            )}
          </p>
          <RoomLinks at="queue" />
          <Figures tally={live.tally} />
          <Filters tally={live.tally} {...{ filter, views }} change={setFilter} />
        </header>
        {queue.state === "loading" && (
          <div className="skeleton tall" role="progressbar" aria-label="Loading" />
        )}
        {queue.state === "failed" && <p className="problem">{queue.problem?.message}</p>}
        {queue.state === "ready" && items.length === 0 && !ghost ? (
          <>
            <Empty {...{ live, activity, isFiltered }} />
            {!isFiltered && activity?.hasBegun === false && (
              <div className="only-narrow">
                <FirstRun demo={demo} />
              </div>
            )}
          </>
        ) : (
          <QueueList me={me.id} queue={queue} selected={selected} ghost={ghost} open={select} />
        )}
        {live.isConnected ? <UndoLine undo={undo} last={last} /> : <NotConnected />}
        <p className="hint">
          <kbd>j</kbd> <kbd>k</kbd> move · <kbd>/</kbd> find · <kbd>?</kbd> keys
        </p>
      </nav>
      <main className="hold" aria-label="Hold" tabIndex={-1}>
        {selected && (
          <p className="ways">
            <button type="button" className="link back" onClick={() => select(null)}>
              ← Queue
            </button>
            <button
              type="button"
              className="link to-around"
              aria-expanded={showsAround}
              onClick={() => setShowsAround((shown) => !shown)}
            >
              {showsAround ? "Hide what stands around it" : "What stands around it"} <kbd>c</kbd>
            </button>
          </p>
        )}
        {selected && !live.isConnected && (
          <div className="only-narrow stays">
            <NotConnected />
          </div>
        )}
        {selected && undo.review && (
          <div className="only-narrow">
            <UndoLine undo={undo} last={null} />
          </div>
        )}
        {!selected && <Resting {...{ live, activity, demo }} />}
        {opened.problem && <Missing problem={opened.problem} />}
        {opened.review && (
          <article key={opened.review.id}>
            <Hold review={opened.review} context={opened.context} see={opened.see} />
            {waits ? (
              <Decide
                key={`${opened.review.id} ${opened.review.version}`}
                review={opened.review}
                context={opened.context}
                decide={opened.decide}
                decided={decided}
                overtaken={opened.again}
                me={me}
                told={setLast}
                together={
                  <OpenBatch
                    review={opened.review}
                    count={live.tally && (live.tally.byTool[opened.review.tool] ?? 0)}
                  />
                }
              />
            ) : (
              <div className="decide">
                <Decided review={opened.review} />
                {items.length > 0 && (
                  <button type="button" className="act plain" onClick={() => move(1)}>
                    Next <kbd>j</kbd>
                  </button>
                )}
              </div>
            )}
          </article>
        )}
        {selected && !opened.review && !opened.problem && (
          <div className="skeleton tall" role="progressbar" aria-label="Loading" />
        )}
      </main>
      {selected && opened.review && (
        <aside className={showsAround ? "around shown" : "around"} aria-label="Around it">
          <button type="button" className="link close-around" onClick={() => setShowsAround(false)}>
            Close <kbd>c</kbd>
          </button>
          <p className="to-thread">
            <a {...linkTo({ room: "thread", id: opened.review.threadId, from: opened.review.id })}>
              The whole conversation
            </a>{" "}
            <kbd>v</kbd>
          </p>
          <Around context={opened.context} />
          {mayApproveAhead(me, opened.review, opened.context) && (
            <ApproveAhead key={opened.review.id} review={opened.review} />
          )}
          {stop && <StopLinks review={opened.review} stop={stop} />}
        </aside>
      )}
    </div>
  );
}

function NotConnected() {
  return (
    <p className="line in-full" role="status">
      Not connected. It is tried again by itself; what you type is kept.
    </p>
  );
}
