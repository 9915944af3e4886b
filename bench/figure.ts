/** One line of a benchmark: what was measured, against what, and how sure it is. */
export interface Figure {
  bench: string;
  figure: string;
  /** The median. A ratio below 1 is better, unless the name says otherwise. */
  value: number;
  unit: string;
  /** How many measurements the median is of. */
  n: number;
  /** The smallest and the largest of them. */
  spread?: [number, number];
  at?: Record<string, string | number>;
  vs?: string;
}

export function print(figure: Figure): void {
  const rounded = {
    ...figure,
    value: round(figure.value),
    ...(figure.spread ? { spread: figure.spread.map(round) } : {}),
  };
  process.stdout.write(`${JSON.stringify(rounded)}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("A median of nothing.");
  return (low + high) / 2;
}

export function spreadOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
