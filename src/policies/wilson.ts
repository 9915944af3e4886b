/** In which range a share lies, with 95 % confidence. */
export interface Interval {
  low: number;
  high: number;
}

/** The two-sided 95 % point of the normal distribution. */
const z = 1.959963984540054;

/**
 * Wilson's score interval of `hits` in `of` trials; null without a trial. Unlike the textbook's, it stays within 0 and 1 and
 * keeps its promise for few trials and for shares near 0 (Wilson 1927; Brown, Cai and DasGupta 2001).
 */
export function wilson(hits: number, of: number): Interval | null {
  if (of === 0) return null;
  const share = hits / of;
  const spread = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const centre = share + z ** 2 / (2 * of);
  const scale = 1 + z ** 2 / of;
  // Where all or none hit, the bound is exact, and rounding must not pass it.
  return {
    low: hits === 0 ? 0 : (centre - spread) / scale,
    high: hits === of ? 1 : (centre + spread) / scale,
  };
}
