import { useCallback, useEffect, useState } from "react";
import { api, Problem, type Me, type QueueFilter, type Review } from "./api.js";
import { Around } from "./around.js";
import { Decide } from "./decide.js";
import { Decided, Hold } from "./hold.js";
import { useKeys } from "./keys.js";
import { Figures, Filters, QueueList } from "./queue-list.js";
import { SignIn } from "./sign-in.js";
import { Foreign } from "./text.js";
import { useLive, type Live } from "./use-live.js";
import { useQueue } from "./use-queue.js";
import { useReview } from "./use-review.js";
import { done } from "./words.js";

export function App() {
  const [me, setMe] = useState<Me | "unknown" | "stranger">("unknown");
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let retry: number | undefined;
    const look = (): void => {
      api.me().then(setMe, (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (error.code.startsWith("credentials_")) return setMe("stranger");
        setProblem(error);
        retry = window.setTimeout(look, 3_000);
      });
    };
    look();
    return () => window.clearTimeout(retry);
  }, []);

  if (me === "unknown") {
    return problem ? (
      <Whole title="The server is not there" text={problem.message} />
    ) : (
      <main className="whole" aria-busy="true" />
    );
  }
  if (me === "stranger") return <SignIn signedIn={setMe} />;
  if (me.roles.length === 0) {
    return (
      <Whole
        title="Nothing here is for you"
        text={`${me.id} has no role, and what waits here is decided by people who have one.`}
      >
        <button
          type="button"
          className="act plain"
          onClick={() => void api.signOut().then(() => setMe("stranger"))}
        >
          Sign in as somebody else
        </button>
      </Whole>
    );
  }
  return <Workspace me={me} signOut={() => void api.signOut().then(() => setMe("stranger"))} />;
}

function Whole({ title, text, children }: { title: string; text: string; children?: React.ReactNode }) {
  return (
    <main className="whole">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </main>
  );
}

function Workspace({ me, signOut }: { me: Me; signOut(): void }) {
  const live = useLive(true);
  const [filter, setFilter] = useState<QueueFilter>({ level: null, tool: null, tier: null });
  const queue = useQueue(filter, live.changes, true);
  const [selected, select] = useSelected();
  const opened = useReview(selected, live.changes);
  const [last, setLast] = useState<string | null>(null);
  const [showsKeys, setShowsKeys] = useState(false);
  const [showsAround, setShowsAround] = useState(false);

  const { items } = queue;
  const index = items.findIndex(({ id }) => id === selected);
  const waits = opened.review?.status === "open" || opened.review?.status === "claimed";
  const ghost = opened.review && index < 0 && !waits ? opened.review : null;
  const move = (by: number): void => {
    const to =
      items[
        index < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, index + by))
      ];
    if (to) select(to.id);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => document.getElementById("hold-title")?.focus(),
    c: () => setShowsAround((shown) => !shown),
    "?": () => setShowsKeys((shown) => !shown),
    Escape: () => (showsKeys ? setShowsKeys(false) : select(null)),
  });

  const decided = (review: Review): void => {
    setLast(`${done[review.decision?.type ?? ""] ?? "Decided"}: ${review.title}`);
    const next = items[index + 1] ?? items[index - 1];
    queue.drop(review.id);
    select(next && next.id !== review.id ? next.id : null);
  };

  return (
    <div className={selected ? "workspace has-selected" : "workspace"}>
      <nav className="queue" aria-label="Queue">
        <header>
          <p className="brand">
            <strong>Holdpoint</strong>
            <span className="muted">{me.id}</span>
            {!me.roles.includes("*") && (
              <button type="button" className="link" onClick={signOut}>
                Sign out
              </button>
            )}
          </p>
          <Figures tally={live.tally} />
          <Filters tally={live.tally} filter={filter} change={setFilter} />
        </header>
        {queue.state === "loading" && <div className="skeleton tall" aria-label="Loading" />}
        {queue.state === "failed" && <p className="problem">{queue.problem?.message}</p>}
        {queue.state === "ready" && items.length === 0 && !ghost ? (
          <Empty live={live} isFiltered={Object.values(filter).some((value) => value !== null)} />
        ) : (
          <QueueList queue={queue} selected={selected} ghost={ghost} open={select} />
        )}
        <p className="line" role="status">
          {live.isConnected
            ? (last ?? "")
            : "Not connected. It is tried again by itself; what you type is kept."}
        </p>
        <p className="hint">
          <kbd>j</kbd> <kbd>k</kbd> move · <kbd>?</kbd> keys
        </p>
      </nav>
      <main className="hold" aria-label="Hold">
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
        {showsKeys && <KeyList close={() => setShowsKeys(false)} />}
        {!selected && <Resting live={live} />}
        {opened.problem && <Missing problem={opened.problem} />}
        {opened.review && (
          <article key={opened.review.id}>
            <Hold review={opened.review} context={opened.context} />
            {waits ? (
              <Decide
                key={`${opened.review.id} ${opened.review.version}`}
                review={opened.review}
                context={opened.context}
                decided={decided}
                overtaken={opened.again}
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
          <div className="skeleton tall" aria-label="Loading" />
        )}
      </main>
      {selected && opened.review && (
        <aside className={showsAround ? "around shown" : "around"} aria-label="Around it">
          <button type="button" className="link close-around" onClick={() => setShowsAround(false)}>
            Close <kbd>c</kbd>
          </button>
          <Around context={opened.context} />
        </aside>
      )}
    </div>
  );
}

function Empty({ live, isFiltered }: { live: Live; isFiltered: boolean }) {
  if (isFiltered) return <p className="empty">Nothing that waits is of this kind.</p>;
  const decided = live.tally?.decided ?? 0;
  return (
    <p className="empty">
      Nothing waits for you.{" "}
      {decided > 0 &&
        `${decided.toLocaleString()} ${decided === 1 ? "call was" : "calls were"} decided today.`}
    </p>
  );
}

function Resting({ live }: { live: Live }) {
  const open = live.tally?.open ?? 0;
  return (
    <div className="resting">
      {open > 0 ? (
        <>
          <h1>
            {open.toLocaleString()} {open === 1 ? "action waits" : "actions wait"} for a person
          </h1>
          <p>
            The gravest is first. Press <kbd>j</kbd> to begin.
          </p>
        </>
      ) : (
        <>
          <h1>Nothing waits</h1>
          <p>
            When an agent wants to do what cannot be undone, it appears here by itself. To see how that looks,
            ask the example agent in another terminal:
          </p>
          <pre>
            <code>npx holdpoint chat{"\n"}refund 420 EUR for order 8841</code>
          </pre>
        </>
      )}
    </div>
  );
}

function Missing({ problem }: { problem: Problem }) {
  const isNone = problem.code === "not_found";
  return (
    <div className="resting" role="alert">
      <h1>{isNone ? "There is no such hold" : "It cannot be shown"}</h1>
      <p>
        <Foreign text={problem.message} />
      </p>
    </div>
  );
}

function KeyList({ close }: { close(): void }) {
  const keys = [
    ["j k", "next, previous"],
    ["Enter", "into the hold"],
    ["a e r d", "approve, change, reject, answer instead"],
    ["y n t", "it happened, it did not, try again"],
    ["c", "the conversation, and what was decided before"],
    ["Enter", "confirm an approval"],
    ["Ctrl Enter", "send what was typed"],
    ["Esc", "back"],
  ] as const;
  return (
    <section className="keys" aria-label="Keys">
      <dl>
        {keys.map(([key, what]) => (
          <div key={what}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="link" onClick={close}>
        Close
      </button>
    </section>
  );
}

/** The hold in the address: `/review/ID`. */
function useSelected(): [string | null, (id: string | null) => void] {
  const [selected, setSelected] = useState(idInAddress);
  useEffect(() => {
    const onMove = (): void => setSelected(idInAddress());
    window.addEventListener("popstate", onMove);
    return () => window.removeEventListener("popstate", onMove);
  }, []);
  const select = useCallback((id: string | null) => {
    window.history.pushState(null, "", id === null ? "/review" : `/review/${encodeURIComponent(id)}`);
    setSelected(id);
    window.scrollTo(0, 0);
  }, []);
  return [selected, select];
}

function idInAddress(): string | null {
  const [, id = ""] = /^\/review\/(.+)$/.exec(window.location.pathname) ?? [];
  return id === "" ? null : decodeURIComponent(id);
}
