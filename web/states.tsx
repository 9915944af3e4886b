// What stands there where no hold is shown.
import type { ReactNode } from "react";
import type { Activity, Problem } from "./api.js";
import { FirstRun, type Demo } from "./first-run.js";
import type { Live } from "../react/use-queue-live.js";
import { Foreign } from "../react/text.js";

export function Whole({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <main className="whole">
      <h1>{title}</h1>
      <p>{text}</p>
      {children}
    </main>
  );
}

export function Empty({
  live,
  activity,
  isFiltered,
}: {
  live: Live;
  activity: Activity | null;
  isFiltered: boolean;
}) {
  if (isFiltered) return <p className="empty">Nothing that waits is of this kind.</p>;
  return <p className="empty">Nothing waits for you. {todayIn(live.tally?.decided ?? 0, activity)}</p>;
}

/** What went on today all the same. */
function todayIn(decided: number, activity: Activity | null): string {
  const ran = activity?.ranWithoutAsking ?? 0;
  const calls = (count: number): string => `${count.toLocaleString()} ${count === 1 ? "call" : "calls"}`;
  if (ran === 0) return decided === 0 ? "" : `${calls(decided)} decided today.`;
  const alone = `${calls(ran)} ran today without a person`;
  return decided === 0 ? `${alone}.` : `${alone}; ${decided.toLocaleString()} decided.`;
}

export function Resting({
  live,
  activity,
  demo,
}: {
  live: Live;
  /** Null where it is not known. */
  activity: Activity | null;
  demo: Demo;
}) {
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
      ) : activity?.hasBegun === false ? (
        <FirstRun demo={demo} />
      ) : (
        <>
          <h1>Nothing waits</h1>
          <p>When an agent wants to do what it may not do alone, it appears here by itself.</p>
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
