import { randomUUID } from "node:crypto";
import { median, print, spreadOf, type Figure } from "./figure.js";
import type { Side } from "./rival.js";

export type Cycling = Pick<Side, "cycle" | "effects">;

/** Prints the time of full cycles of one side against the other's, measured in turns. */
export async function printTimeRatio(
  sides: { ours: Cycling; rival: Cycling },
  {
    bench,
    vs,
    at,
  }: Pick<Figure, "bench"> & { vs: string; at: { inFlight: number } & NonNullable<Figure["at"]> },
  quick: boolean,
): Promise<void> {
  const { inFlight } = at;
  const cycles = (quick ? 2 : 4) * Math.max(inFlight, 4);
  const ratios: number[] = [];
  for (let round = 0; round < (quick ? 3 : 9); round += 1) {
    // Whoever goes second finds warmer caches; so they take turns at it.
    const first = round % 2 === 0;
    const a = first ? await times(sides.ours, cycles, inFlight) : 0;
    const rival = await times(sides.rival, cycles, inFlight);
    const ours = first ? a : await times(sides.ours, cycles, inFlight);
    ratios.push(ours / rival);
  }
  print({
    bench,
    figure: "time_ratio",
    value: median(ratios),
    unit: "x",
    n: ratios.length * cycles,
    spread: spreadOf(ratios),
    at,
    vs,
  });
}

/** Milliseconds for `count` cycles with `inFlight` of them at the same time. */
export async function times(side: Cycling, count: number, inFlight: number): Promise<number> {
  const before = side.effects();
  const startedAt = performance.now();
  let begun = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (begun < count) {
        begun += 1;
        await side.cycle(randomUUID());
      }
    }),
  );
  const took = performance.now() - startedAt;
  if (side.effects() - before !== count)
    throw new Error(`${count} cycles had ${side.effects() - before} effects.`);
  return took;
}
