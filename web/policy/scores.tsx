// How the decided calls score: those that were right above the line, those that were wrong below it.
import type { DecidedCase } from "../api.js";
import type { Threshold } from "./foretell.js";

const bins = 50;
const height = { right: 44, wrong: 20 };

export function Scores({ cases, threshold }: { cases: readonly DecidedCase[]; threshold: Threshold }) {
  const right = Array<number>(bins).fill(0);
  const wrong = Array<number>(bins).fill(0);
  for (const { score, isWrong, lookedAt } of cases) {
    const bin = Math.min(bins - 1, Math.floor(score * bins));
    const counts = isWrong ? wrong : right;
    counts[bin] = (counts[bin] ?? 0) + 1 / lookedAt;
  }
  const most = Math.max(...right, ...wrong.map((count) => (count * height.right) / height.wrong), 1);
  const edge = threshold ?? 1.01;
  const wrongCount = cases.filter(({ isWrong }) => isWrong).length;
  return (
    <svg
      className="scores"
      viewBox={`1 0 100 ${height.right + height.wrong}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Scores of ${cases.length} decided calls, ${wrongCount} of them wrong`}
    >
      <rect className="runs" x={edge * 100} y={0} width={Math.max(0, 101 - edge * 100)} height="100%" />
      {right.map((count, bin) => {
        const tall = (count / most) * height.right;
        return count === 0 ? null : (
          <rect
            key={bin}
            className="right"
            x={bin * 2 + 0.2}
            y={height.right - tall}
            width={1.6}
            height={tall}
          />
        );
      })}
      {wrong.map((count, bin) =>
        count === 0 ? null : (
          <rect
            key={bin}
            className="wrong"
            x={bin * 2 + 0.2}
            y={height.right + 1}
            width={1.6}
            height={Math.max(2, (count / most) * height.right)}
          />
        ),
      )}
      <line x1={0} x2={101} y1={height.right + 0.5} y2={height.right + 0.5} />
    </svg>
  );
}
