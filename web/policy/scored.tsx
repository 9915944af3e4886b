// What a call's score leads to, from the surest down.
import type { PolicyInForce } from "../api.js";
import { rangesOf, type ScoreRange } from "./score-ranges.js";
import { percent, scoreOf } from "./words.js";

type Routing = NonNullable<PolicyInForce["routing"]>;

export function Scored({ routing, defaultTier }: { routing: Routing; defaultTier: string }) {
  const { maxError, confidence, tools, sample, target } = routing;
  return (
    <>
      <h3>What a score leads to</h3>
      <ol className="pairs scored">
        <li>
          <span>as earned</span>
          <span>
            <strong>runs</strong>; {percent(sample)} of it is shown to a person all the same, by chance
          </span>
        </li>
        {rangesOf(routing, defaultTier).map((range) => (
          <li key={range.from}>
            <span>{rangeInWords(range)}</span>
            <span>
              {range.isRefused ? (
                <>
                  <strong>is refused</strong>, and its agent told; {percent(sample)} of it is shown to{" "}
                  <strong>{range.tier}</strong>, by chance
                </>
              ) : (
                <>
                  <strong>{range.tier}</strong> looks
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
      <p className="beside">
        The score, from 0 to 1, says how little speaks against a call. Which score is enough to run, each kind
        of call has earned by what people decided: at most {percent(maxError)} of what runs may be wrong,
        shown with {percent(confidence)} confidence
        {tools.length > 0 && " where nothing else is promised of its tool"}. While it has earned nothing,
        people look at all of it. Of all decisions {percent(target.from)} to {percent(target.to)} are to be
        looked at.
      </p>
      {tools.length > 0 && (
        <ul className="pairs promised">
          {tools.map((tool) => (
            <li key={tool.name}>
              <code>{tool.name}</code>
              <span>
                at most {percent(tool.maxError)} wrong, with {percent(tool.confidence)} confidence
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function rangeInWords({ from, below }: ScoreRange): string {
  if (below === null) return from === 0 ? "less" : `${scoreOf(from)} and more`;
  return from === 0 ? `below ${scoreOf(below)}` : `${scoreOf(from)} to ${scoreOf(below)}`;
}
