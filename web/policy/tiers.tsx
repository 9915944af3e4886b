// Who decides: rung by rung, how many of them, how long they have, how much each may release; and who lets a change rule.
import type { PolicyInForce } from "../api.js";
import { Person } from "../text.js";
import { deadlineOf, limitOf, panelOf } from "./words.js";

export function Tiers({ tiers, defaultTier }: Pick<PolicyInForce, "tiers" | "defaultTier">) {
  return (
    <>
      <h3>Who decides</h3>
      <ol className="tiers">
        {tiers.map((tier) => (
          <li key={tier.name}>
            <strong>{tier.name}</strong>
            {tier.name === defaultTier && tiers.length > 1 && (
              <span className="muted"> where no rule says who</span>
            )}
            <span className="muted">
              {tier.roles.join(", ")} · {deadlineOf(tier)}
            </span>
            {panelOf(tier.panel).length > 0 && (
              <span className="muted panel">{panelOf(tier.panel).join(" · ")}</span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

export function Limits({ limits }: Pick<PolicyInForce, "limits">) {
  if (limits.length === 0) return null;
  return (
    <>
      <h3>How much each may release</h3>
      <ul className="tiers">
        {limits.map((limit) => (
          <li key={JSON.stringify(limit)}>
            <strong>
              {limit.person === null ? (limit.roles ?? []).join(", ") : <Person id={limit.person} />}
            </strong>
            <span className="muted">{limitOf(limit)}</span>
          </li>
        ))}
      </ul>
      <p className="beside">
        A person’s own limit goes before those of their roles. Who is named nowhere here releases nothing of
        what it limits.
      </p>
    </>
  );
}

export function Changes({ changes }: Pick<PolicyInForce, "changes">) {
  return (
    <>
      <h3>Who may change it</h3>
      {changes === null ? (
        <p className="changes">
          Whoever may write its file: another version rules at once. With{" "}
          <code>{"changes: { tier: … }"}</code> in it, it waits until somebody of that tier has approved it.
        </p>
      ) : (
        <p className="changes">
          Each change waits until <strong>{changes.tier}</strong> has approved it, and is on record with who
          did.
        </p>
      )}
    </>
  );
}
