/** Numbers from 0 up to 1, the same each time (Lehmer 1951, with Park and Miller's later multiplier). */
export function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
