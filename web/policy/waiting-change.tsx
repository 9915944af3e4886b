// A change of the policy that waits for a person, or may still be taken back: what it says otherwise, and the way to where
// it is decided.
import type { PolicyInForce } from "../api.js";
import { Texts } from "../hold/texts.js";
import { linkTo } from "../router.js";
import { useSecondsUntil } from "../clock.js";
import { Age, Person } from "../text.js";

type Change = NonNullable<PolicyInForce["waiting"]>;

export function WaitingChange({ change }: { change: Change }) {
  const { reviewId, by, since, tier, roles, changes, replay, decided } = change;
  return (
    <div className="change">
      {decided ? (
        <Decided {...decided} />
      ) : (
        <>
          <h3>A change of it waits for {tier}</h3>
          <p className="muted">
            Proposed <Age at={since} /> ago by <Person id={by.id} />. Until one of {roles.join(", ")} approves
            it, what stands here stays in force.
          </p>
        </>
      )}
      <Texts of={changes} />
      {replay.length > 0 && (
        <details>
          <summary>What it would have made of the calls on record</summary>
          <Texts of={replay} />
        </details>
      )}
      <p className="acts">
        <a className="act" data-stop {...linkTo({ room: "queue", id: reviewId })}>
          To the hold, where it {decided ? "was" : "is"} decided
        </a>
      </p>
    </div>
  );
}

function Decided({ type, by, until }: NonNullable<Change["decided"]>) {
  const seconds = useSecondsUntil(until);
  return (
    <>
      <h3>A change of it is {type === "approve" ? "approved, and not in force yet" : "rejected"}</h3>
      <p className="muted">
        By <Person id={by.id} />
        {seconds > 0 && (
          <>
            , who may take it back for <span className="left">{seconds} s</span>
          </>
        )}
        . {type === "approve" ? "Until it is in force, what" : "What"} stands here
        {type === "approve" ? " rules" : " stays in force"}.
      </p>
    </>
  );
}
