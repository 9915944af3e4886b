// Which policies there were, since when, and who put each in force.
import type { PolicyVersion } from "../api.js";
import { Section } from "../hold/section.js";
import { Age, Id, Person } from "../text.js";

const shownAtFirst = 5;

export function Versions({ versions, hasMore }: { versions: readonly PolicyVersion[]; hasMore: boolean }) {
  const terms = versions
    .flatMap(({ version, terms: own }) => own.map((term) => ({ version, ...term })))
    .toSorted((a, b) => b.since.localeCompare(a.since));
  if (terms.length === 0) return null;
  const rest = terms.slice(shownAtFirst);
  return (
    <Section id="versions" title="Versions">
      <Terms of={terms.slice(0, shownAtFirst)} />
      {(rest.length > 0 || hasMore) && (
        <details>
          <summary>Earlier ones</summary>
          <Terms of={rest} />
          {hasMore && (
            <p className="foot">
              Still older ones: <code>GET /policies</code>.
            </p>
          )}
        </details>
      )}
    </Section>
  );
}

function Terms({ of }: { of: readonly (PolicyVersion["terms"][number] & { version: string })[] }) {
  return (
    <ol className="terms">
      {of.map(({ version, agent, since, until, by }) => (
        <li key={`${agent} ${since}`}>
          <Id value={version} what="version" />
          <span>
            <Age at={since} /> ago, by <Person id={by.id} />
            <span className="muted">
              {" "}
              · {agent}
              {until === null && " · in force"}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
