// Where the queue stands, in a sentence.
import type { ReviewTally } from "../api.js";
import { Age } from "../text.js";

export function Figures({ tally }: { tally: ReviewTally | null }) {
  if (!tally) return <p className="figures" aria-hidden="true" />;
  const share = tally.decided > 0 ? Math.round((tally.overridden / tally.decided) * 100) : null;
  return (
    <p className="figures">
      <strong>{tally.open.toLocaleString()}</strong> {tally.open === 1 ? "waits" : "wait"}
      {tally.oldest && (
        <>
          , the oldest for <Age at={tally.oldest} />
        </>
      )}
      {" · "}
      {tally.decided.toLocaleString()} decided today
      {share !== null && `, ${share} % not as proposed`}
    </p>
  );
}
