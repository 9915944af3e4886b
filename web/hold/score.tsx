// What the score of a call is made of, for whoever decides: what takes most from it stands first.
import type { ReviewContext } from "../api.js";

type Scored = NonNullable<ReviewContext["score"]>;

export function Score({ score: { score, parts } }: { score: Scored }) {
  return (
    <div className="score">
      <p>
        How little speaks against it: <strong>{inShort(score)}</strong> of 1. What takes most from that stands
        first.
      </p>
      <dl>
        {parts.map(({ signal, value, weight }) => (
          <div key={signal}>
            <dt>
              {words[signal] ?? signal} <span className="muted">weighs {inShort(weight)}</span>
            </dt>
            <dd>
              {value === null ? (
                <span>not known, so it counts as 0</span>
              ) : (
                <>
                  <meter min={0} max={1} value={value} aria-label={words[signal] ?? signal} />{" "}
                  {inShort(value)}
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const words: Readonly<Record<string, string>> = {
  validators: "The company's checks",
  similarity: "Like what people approved",
  accuracy: "Such calls were right before",
  novelty: "Nothing new about it",
  confidence: "The model's own certainty",
  judge: "Another model's judgement",
  agreement: "A second model would do the same",
};

/** .62, 1 */
function inShort(share: number): string {
  return share
    .toFixed(2)
    .replace(/^0(?=\.)/, "")
    .replace(/\.00$/, "");
}
