// What is stopped stands above every room, with who did it and why; who may lifts it from there.
import { useEffect, useState, type ReactNode } from "react";
import { api, type Stop } from "../api.js";
import { mostNumbered } from "../commands.js";
import { Keycaps } from "../keycaps.js";
import { useKeys } from "../keys.js";
import { Age, Person } from "../text.js";
import { useFresh } from "../use-fresh.js";
import { visible } from "../../react/text.js";
import { AskWhy } from "./ask-why.js";
import { nameOf, type Stoppable } from "./words.js";

/** Somebody else may have stopped something. */
const lookEveryMs = 5_000;

export function Stopped({
  stopping,
  stopped,
  mayLift,
  children,
}: {
  /** What the reader is about to stop. */
  stopping: Stoppable | null;
  /** They did, or thought better of it. */
  stopped(): void;
  mayLift: boolean;
  children: ReactNode;
}) {
  const { seen, again } = useFresh("stops", api.stops);
  const [lifting, setLifting] = useState<Stop | null>(null);
  useEffect(() => {
    const timer = setInterval(again, lookEveryMs);
    return () => clearInterval(timer);
  }, [again]);
  const stops = seen?.items ?? [];
  const numbered = mayLift ? stops.slice(0, mostNumbered) : [];
  useKeys(Object.fromEntries(numbered.map((stop, index) => [`l ${index + 1}`, () => setLifting(stop)])));
  return (
    <div className={stops.length > 0 ? "is-stopped" : undefined}>
      {stops.length > 0 && (
        <div className="stops" role="status" aria-label="What is stopped">
          <ul>
            {stops.map((stop, index) => (
              <Line
                key={stop.id}
                stop={stop}
                keys={index < mostNumbered ? `l ${index + 1}` : null}
                lift={mayLift ? () => setLifting(stop) : null}
              />
            ))}
          </ul>
        </div>
      )}
      {children}
      {lifting && (
        <AskWhy
          title={`Lift the stop of ${nameOf(lifting)}`}
          text="What it holds goes on: what was approved runs, and what was said is heard."
          confirm="Lift it"
          act={async (why) => {
            await api.lift(lifting.id, why);
            again();
          }}
          closed={() => setLifting(null)}
        />
      )}
      {stopping && (
        <AskWhy
          title={`Stop ${nameOf(stopping)}`}
          text="What is at work finishes; nothing else begins until somebody lifts it."
          confirm="Stop"
          act={async (why) => {
            await api.stop(stopping, why);
            again();
          }}
          closed={stopped}
        />
      )}
    </div>
  );
}

function Line({ stop, keys, lift }: { stop: Stop; keys: string | null; lift: (() => void) | null }) {
  const { by, at, why } = stop;
  return (
    <li>
      <strong>
        Stopped: <bdi>{visible(nameOf(stop))}</bdi>
      </strong>
      <span className="why" title={why}>
        <bdi>{visible(why)}</bdi>
      </span>
      <span>
        <Person id={by.id} />, <Age at={at} /> ago
      </span>
      {lift && (
        <button type="button" className="link" onClick={lift}>
          Lift {keys !== null && <Keycaps of={keys} />}
        </button>
      )}
    </li>
  );
}
