// A change of the policy that waits for a person: what it says otherwise, and the way to where it is decided.
import type { PolicyInForce } from "../api.js";
import { Texts } from "../hold/texts.js";
import { linkTo } from "../router.js";
import { Age, Person } from "../text.js";

export function WaitingChange({ change }: { change: NonNullable<PolicyInForce["waiting"]> }) {
  const { reviewId, by, since, tier, roles, changes, replay } = change;
  return (
    <div className="change">
      <h3>A change of it waits for {tier}</h3>
      <p className="muted">
        Proposed <Age at={since} /> ago by <Person id={by.id} />. Until one of {roles.join(", ")} approves it,
        what stands here stays in force.
      </p>
      <Texts of={changes} />
      {replay.length > 0 && (
        <details>
          <summary>What it would have made of the calls on record</summary>
          <Texts of={replay} />
        </details>
      )}
      <p className="acts">
        <a className="act" data-stop {...linkTo({ room: "queue", id: reviewId })}>
          To the hold, where it is decided
        </a>
      </p>
    </div>
  );
}
