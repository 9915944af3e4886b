// What a decision rests on that was made in advance.

/** Nobody took the approval back by which it was made, where it was made by one. */
export function isNotRevoked(d: string): string {
  return `(${d}.approval_id is null or exists (select from holdpoint.standing_approvals s
      where s.approval_id = ${d}.approval_id and s.revoked_at is null))`;
}
