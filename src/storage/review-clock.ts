// What is so of a review by the database's clock, which is the same for all processes.

/** Beside its columns: may it still be taken back? */
export const byTheClock = (r: string): string => `${r}.deciding_until > now() as is_deciding`;

/** Decided, and nobody can take it back any more. */
export const isFinal = (r: string): string =>
  `(${r}.status = 'decided' and (${r}.deciding_until is null or ${r}.deciding_until <= now()))`;
