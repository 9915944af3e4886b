// What the advisor proposes for one kind of call, and what other promises would mean.
import type { AutonomyAdvice, AutonomyOutlook } from "../api.js";
import type { Threshold } from "./foretell.js";
import { conversations, percent, promiseOf, scoreOf } from "./words.js";

type Advice = Extract<AutonomyAdvice, { kind: "advised" }>;

export function Advised({
  advice,
  shown,
  show,
}: {
  advice: Advice;
  /** What the slider stands at. */
  shown: Threshold;
  show(threshold: Threshold): void;
}) {
  const { inForce, others, proposal } = advice;
  return (
    <>
      <div className="advised">
        <Proposed {...{ proposal, inForce }} />
        {shown !== inForce.threshold && (
          <p>
            <button type="button" className="link" onClick={() => show(inForce.threshold)}>
              Show what is in force
            </button>
          </p>
        )}
      </div>
      <details className="promises">
        <summary>What other promises would mean</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">May be wrong, how sure</th>
              <th scope="col">Runs from</th>
              <th scope="col">Looked at</th>
              <th scope="col">Wrong and seen by nobody</th>
            </tr>
          </thead>
          <tbody>
            {[inForce, ...others]
              .toSorted((a, b) => b.needed - a.needed)
              .map((outlook) => (
                <Promised
                  key={`${outlook.maxError} ${outlook.confidence}`}
                  outlook={outlook}
                  isInForce={outlook === inForce}
                  show={show}
                />
              ))}
          </tbody>
        </table>
        <p className="foot">
          The strictest first. By {conversations(advice.conversations)} and {advice.labels.toLocaleString()}{" "}
          decided calls of this kind; under <code>tools:</code> in <code>routing:</code> a promise is for the
          calls of one tool.
        </p>
      </details>
    </>
  );
}

function Proposed({ proposal, inForce }: Pick<Advice, "proposal" | "inForce">) {
  switch (proposal.kind) {
    case "keep":
      return (
        <p>
          <strong>Advised: leave it as it is.</strong> {meaningOf(inForce)}
        </p>
      );
    case "decide":
      return (
        <p>
          <strong>Advised: look at all of them for now.</strong>{" "}
          {proposal.missing === null
            ? `Too many were wrong to show that at most ${percent(inForce.maxError)} of what would run is.`
            : `Such calls begin to run after ${conversations(proposal.missing)} more, were all of them right.`}
        </p>
      );
    case "sample":
      return (
        <p>
          <strong>
            Advised: <code>sample: {proposal.sample}</code>.
          </strong>{" "}
          {meaningOf(inForce)} Another share by chance is enough to bring that to what the policy wants.
        </p>
      );
    case "promise": {
      const { to, changes } = proposal;
      const wrong = changes.filter(({ isWrong }) => isWrong).length;
      return (
        <p>
          <strong>
            Advised: <code>{promiseOf(to)}</code>.
          </strong>{" "}
          {meaningOf(to)} Of the decided calls {changes.length.toLocaleString()} would be on the other side,{" "}
          {wrong.toLocaleString()} of them wrong. As it is: {meaningOf(inForce)}
        </p>
      );
    }
  }
}

function meaningOf({ review, missed }: AutonomyOutlook): string {
  const range = ({ low, high }: AutonomyOutlook["review"]) => `${percent(low)} to ${percent(high)}`;
  return `People look at ${percent(review.share)} (${range(review)}), and ${percent(missed.share)} (${range(missed)}) run, are wrong and are seen by nobody.`;
}

function Promised({
  outlook,
  isInForce,
  show,
}: {
  outlook: AutonomyOutlook;
  isInForce: boolean;
  show(threshold: Threshold): void;
}) {
  const { maxError, confidence, threshold, missing, review, missed } = outlook;
  return (
    <tr>
      <th scope="row">
        {percent(maxError)}, {percent(confidence)}
        {isInForce && <span className="muted"> in force</span>}
      </th>
      {threshold === null ? (
        <td colSpan={3} className="muted">
          {missing === null
            ? "too many were wrong"
            : `${conversations(missing)} more, all right, and some run`}
        </td>
      ) : (
        <>
          <td>
            <button type="button" className="link" onClick={() => show(threshold)}>
              {scoreOf(threshold)}
            </button>
          </td>
          <td>{percent(review.share)}</td>
          <td>{percent(missed.share)}</td>
        </>
      )}
    </tr>
  );
}
