// The policy that judges beside the one in force: what it would do otherwise.
import type { ShadowReport } from "../api.js";
import { Section } from "../hold/section.js";
import { linkTo } from "../router.js";
import { Age, Id } from "../text.js";
import { routes } from "./words.js";

const mostCases = 12;

export function Shadow({ report: { version, since, said, held, moves, cases } }: { report: ShadowReport }) {
  const all = said.same + said.differs;
  return (
    <Section id="shadow" title="Judging beside it, without effect">
      <p className="kicker">
        <span>
          version <Id value={version} what="version" />
        </span>
        <span>
          for <Age at={since} />
        </span>
      </p>
      {all === 0 ? (
        <p>No call came since then.</p>
      ) : (
        <p>
          Of <strong>{all.toLocaleString()}</strong> calls it says the same of {said.same.toLocaleString()},
          and something else of <strong>{said.differs.toLocaleString()}</strong>. A person would look at{" "}
          {held.after.toLocaleString()} of them; now it is {held.before.toLocaleString()}.
        </p>
      )}
      {said.unknowable + said.failed > 0 && (
        <p className="muted">
          Of {said.unknowable.toLocaleString()} it cannot say anything, and of {said.failed.toLocaleString()}{" "}
          it failed to.
        </p>
      )}
      {moves.length > 0 && (
        <ul className="moves">
          {moves.map(({ from, to, calls }) => (
            <li key={JSON.stringify([from, to])}>
              <strong>{calls.toLocaleString()}</strong> {sideOf(from)} → {sideOf(to)}
            </li>
          ))}
        </ul>
      )}
      {cases.length > 0 && (
        <details>
          <summary>The newest that differ</summary>
          <ul className="cases">
            {cases.slice(0, mostCases).map(({ actionId, threadId, tool, at, from, to }) => (
              <li key={actionId}>
                <a {...linkTo({ room: "thread", id: threadId, from: actionId })}>{tool}</a>
                <span>
                  {sideOf(from)} → {sideOf(to)}
                  {to.reasons[0] && <span className="muted"> · {to.reasons[0].rule}</span>}
                </span>
                <span className="muted">
                  <Age at={at} /> ago
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

function sideOf({ route, tier }: ShadowReport["moves"][number]["from"]): string {
  return `${routes[route]}${tier === null ? "" : ` for ${tier}`}`;
}
