// What stands there where no hold is shown.
import type { ReactNode } from "react";
import type { Problem } from "./api.js";
import type { Live } from "./queue/use-live.js";
import { Foreign } from "./text.js";

export function Whole({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <main className="whole">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </main>
  );
}

export function Empty({ live, isFiltered }: { live: Live; isFiltered: boolean }) {
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

export function Resting({ live }: { live: Live }) {
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

export function Missing({ problem }: { problem: Problem }) {
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
