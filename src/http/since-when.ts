const dayMs = 24 * 60 * 60 * 1_000;

/** From when on what was decided counts: the reader's own midnight, or else a day. */
export function sinceWhen(since: string | undefined): Date {
  return since === undefined ? new Date(Date.now() - dayMs) : new Date(since);
}
