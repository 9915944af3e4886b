// How a hold stands that several decide: who has agreed, and what is missing.
import type { Review, Vote } from "../api.js";
import { useSecondsUntil } from "../clock.js";
import { useKeys } from "../keys.js";
import { Foreign } from "../../react/text.js";
import { Person } from "../text.js";

export function Votes({
  review: { panel, votes, roles },
  me,
  takeBack,
}: {
  review: Review;
  me: string;
  takeBack(): void;
}) {
  const mine = votes?.items.find(({ by }) => by.id === me);
  const secondsLeft = useSecondsUntil(mine?.undoUntil ?? null);
  const mayTakeBack = mine !== undefined && secondsLeft > 0;
  useKeys(mayTakeBack ? { u: takeBack } : {});
  if (!votes) return null;
  return (
    <div className="votes" role="status">
      <p>
        {progressOf(panel.quorum, votes)}
        {panel.turns && <> It is the turn of {roles.join(", ")}.</>}
        {panel.veto.length > 0 && <> A no of {panel.veto.join(" or ")} ends it.</>}
      </p>
      {votes.items.length > 0 && (
        <ul>
          {votes.items.map((vote) => (
            <li key={vote.by.id}>
              <Said vote={vote} />
            </li>
          ))}
        </ul>
      )}
      {mayTakeBack && (
        <button type="button" className="link" aria-keyshortcuts="u" onClick={takeBack}>
          Take your vote back ({secondsLeft} s) <kbd>u</kbd>
        </button>
      )}
    </div>
  );
}

function Said({ vote: { by, type, reason } }: { vote: Vote }) {
  return (
    <>
      <Person id={by.id} />
      {by.onBehalfOf !== undefined && (
        <>
          {" "}
          for <Person id={by.onBehalfOf} />
        </>
      )}{" "}
      {type === "approve" ? "approves" : "is against it"}
      {reason !== null && (
        <>
          : <Foreign text={reason} />
        </>
      )}
    </>
  );
}

function progressOf(quorum: number, { given, approvals }: NonNullable<Review["votes"]>): string {
  if (approvals === null)
    return `${quorum} have to approve. ${given} ${given === 1 ? "has" : "have"} voted; how, you see when you have. Your vote is final.`;
  return `${approvals} of ${quorum} ${approvals === 1 ? "has" : "have"} approved${
    given > approvals ? `, ${given - approvals} against` : ""
  }.`;
}
