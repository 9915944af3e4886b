// What rules know of a conversation: results of earlier calls, each by its name.
import type { PolicyInForce } from "../api.js";

export function Facts({ facts }: Pick<PolicyInForce, "facts">) {
  if (facts.length === 0) return null;
  return (
    <>
      <h3>What rules read of earlier results</h3>
      <ul className="pairs facts">
        {facts.map(({ name, tools, key, as }) => (
          <li key={name}>
            <code>facts.{name}</code>
            <span>
              the newest result of{" "}
              {tools.map((tool, at) => (
                <span key={tool}>
                  {at > 0 && " or "}
                  <code>{tool}</code>
                </span>
              ))}
              , found by its <code>{key}</code>
              {as === "text" && <span className="muted"> · as text</span>}
            </span>
          </li>
        ))}
      </ul>
      <p className="beside">
        From our own record of what ran in the same conversation. Where one is missing, a rule that reads it
        holds the call.
      </p>
    </>
  );
}
