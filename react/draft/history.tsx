// What the machine wrote, and what became of it, by whom.
import { useEffect, useState } from "react";
import type { DraftChange } from "../client.js";
import { useHoldpoint } from "../provider.js";
import { Foreign } from "../text.js";
import { Difference } from "./difference.js";
import { directionOf } from "./paragraphs.js";

/** @param version of the draft: with a later one there is more to read. */
export function History({ reviewId, version }: { reviewId: string; version: number }) {
  const client = useHoldpoint();
  const [isOpen, setOpen] = useState(false);
  const [changes, setChanges] = useState<readonly DraftChange[] | null>(null);
  useEffect(() => {
    if (!isOpen) return;
    let isGone = false;
    client.draftChanges(reviewId).then(
      ({ items }) => isGone || setChanges(items),
      // What is known stays.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [client, reviewId, version, isOpen]);
  return (
    <details className="hp-history" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Who changed what</summary>
      {changes?.length === 0 && <p className="hp-quiet">Nobody yet: it stands as the machine wrote it.</p>}
      <ol>
        {changes?.map(({ blockId, kind, before, after, by, at }) => (
          <li key={`${at} ${blockId} ${kind}`}>
            <p className="hp-note">
              <Foreign text={by.id} /> {changeWords[kind]},{" "}
              <time dateTime={at}>{time.format(new Date(at))}</time>
            </p>
            {before !== after && (
              <p dir={directionOf([{ text: after }, { text: before }])}>
                <Difference before={before} after={after} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const changeWords: Readonly<Record<DraftChange["kind"], string>> = {
  written: "put it into blocks",
  accept: "let a block stand",
  pick: "picked another wording",
  write: "wrote",
  remove: "took a block out",
  restore: "put back what the machine wrote",
  take: "took what the agent proposed",
  whole: "wrote all of it anew",
};
