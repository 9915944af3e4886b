// The more runs, the more of it is wrong: how much, at every threshold.
import type { DecidedCase } from "../api.js";
import { curveOf, type Foretold } from "./foretell.js";
import { percent } from "./words.js";

const width = 200;
const height = 100;

export function Curve({
  cases,
  maxError,
  foretold: { enough, wrong },
}: {
  cases: readonly DecidedCase[];
  maxError: number;
  foretold: Foretold;
}) {
  const points = curveOf(cases);
  const most = Math.max(maxError * 2, ...points.map(({ risk }) => risk));
  const x = (coverage: number): number => coverage * width;
  const y = (risk: number): number => height - (risk / most) * height;
  return (
    <figure className="curve">
      <svg
        viewBox={`-4 -4 ${width + 8} ${height + 8}`}
        role="img"
        aria-label="Of what runs, how much is wrong, at every threshold"
      >
        <line className="axis" x1={0} x2={width} y1={height} y2={height} />
        <line className="may" x1={0} x2={width} y1={y(maxError)} y2={y(maxError)} />
        <polyline points={points.map(({ coverage, risk }) => `${x(coverage)},${y(risk)}`).join(" ")} />
        {wrong !== null && <circle cx={x(enough)} cy={y(wrong)} r={4} />}
      </svg>
      <figcaption>
        <span>0</span> <span>share that runs →</span> <span>100 %</span>
        <span className="may">dashed: {percent(maxError)} wrong of what runs</span>
      </figcaption>
    </figure>
  );
}
