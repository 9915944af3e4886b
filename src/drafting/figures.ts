// Numbers as people write them.
export const figurePattern =
  /(?<![\p{L}\d])(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3}(?!\d))+|\d+)(?:[.,]\d+)?(?:\s?(?:%|percent\b|per cent\b|prozent\b))?/giu;

/** "1.234" is both; "1.234,50", "420.00" and "1.234.567" can be read in one way only. */
export function valuesOf(figures: string): number[] {
  const packed = figures.replace(/[^\d.,]/g, "");
  const signs = packed.match(/[.,]/g) ?? [];
  const [last] = signs.slice(-1);
  if (last === undefined) return [Number(packed)];
  const asDecimal = packed.replace(/[.,](?=.*[.,])/g, "").replace(last, ".");
  const isRepeated = signs.length > 1 && signs.every((sign) => sign === last);
  const mayBeGap = /[.,]\d{3}$/.test(packed) && signs.every((sign) => sign === last);
  const readings = [...(isRepeated ? [] : [asDecimal]), ...(mayBeGap ? [packed.replace(/[.,]/g, "")] : [])];
  return readings.map(Number).filter((value) => Number.isFinite(value));
}
