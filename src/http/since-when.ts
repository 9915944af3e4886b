const dayMs = 24 * 60 * 60 * 1_000;

/** From when on what was decided counts: the reader's own midnight, or else so many days. */
export function sinceWhen(since: string | undefined, days = 1): Date {
  return since === undefined ? new Date(Date.now() - days * dayMs) : new Date(since);
}
