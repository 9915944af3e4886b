// What is so of a review now: by the database's clock, which is the same for all processes, and by its draft.

/** Beside its columns: may it still be taken back, does somebody have it, and is its time over? */
export const byTheClock = (r: string): string =>
  `(${r}.status = 'decided' and ${r}.deciding_until > now()) as is_deciding,
    (${r}.status = 'open' and ${r}.claimed_until > now()) as is_claimed,
    ${isOverdue(r)} as is_overdue`;

/** Nobody decides it any more; it goes on to others, or its agent is told. */
export const isOverdue = (r: string): string =>
  `(${r}.status = 'open' and ${r}.expires_at is not null and ${r}.expires_at <= now())`;

/** Nobody decided in time, and its agent has not heard of it. */
export const isExpiredUntold = (r: string): string => `(${r}.status = 'expired' and ${r}.resumed_at is null)`;

/** Decided, and nobody can take it back any more. */
export const isFinal = (r: string): string =>
  `(${r}.status = 'decided' and (${r}.deciding_until is null or ${r}.deciding_until <= now()))`;

/** Nobody has it, or this person does. */
export const isFreeFor = (r: string, person: string): string =>
  `(${r}.claimed_until is null or ${r}.claimed_until <= now() or ${r}.claimed_by ->> 'id' = ${person})`;

/** Something in its words is open: nobody releases it. */
export const isUnfinished = (r: string): string =>
  `(${r}.is_drafted and exists (select from holdpoint.drafts f where f.review_id = ${r}.review_id and f.open_blocks > 0))`;
