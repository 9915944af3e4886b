// One rule: why, what it makes of a call, what it tells and asks whoever decides, and its condition as it was written.
import type { PolicyInForce } from "../api.js";
import { Guided } from "../hold/guided.js";
import { Texts } from "../hold/texts.js";
import { Foreign } from "../../react/text.js";
import { verdictOf } from "./words.js";

export function Rule({
  rule,
  letsNothingRun,
}: {
  rule: PolicyInForce["rules"][number];
  letsNothingRun: boolean;
}) {
  const { id, verdict, reason, level, guideline, questions, when } = rule;
  return (
    <li className="rule" data-verdict={letsNothingRun ? undefined : verdict}>
      <p>
        <Foreign text={reason} />
      </p>
      <p className="under">
        <span className="verdict">
          {letsNothingRun ? "lets nothing run: such a call cannot be undone" : verdictOf(rule)}
        </span>{" "}
        <code>{id}</code>
        {level !== null && <span>at least {level}</span>}
      </p>
      {guideline && <Guided guideline={guideline} />}
      {questions.length > 0 && (
        <div className="asks">
          <p>Whoever approves it answers:</p>
          <Texts of={questions} />
        </div>
      )}
      <pre tabIndex={0} aria-label={`Condition of ${id}`}>
        <code>{when}</code>
      </pre>
    </li>
  );
}
