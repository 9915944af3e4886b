// Does a decision release its call, and is it one that its panel agreed to? Asked below everything that writes decisions: a
// row that stands there without the votes of enough people releases nothing.
import { isUnfinished } from "./review-clock.js";
import { isNotRevoked } from "./standing-clause.js";

const subjectIn = (person: string): string => `coalesce(${person} ->> 'subject', ${person} ->> 'id')`;
const authorityIn = (person: string): string =>
  `coalesce(${person} #>> '{onBehalfOf,subject}', ${subjectIn(person)})`;
const isFourEyed = (r: string): string => `(${r}.panel ->> 'fourEyes')::boolean`;

/** Of this review `r`, on these arguments: how many people approve, whoever's rights they have. */
export const approvalsOf = (r: string, argsHash: string): string => `(
    select least(count(distinct v.subject), count(distinct v.authority)) from holdpoint.votes v
    where v.review_id = ${r}.review_id and v.round = ${r}.round and v.undone_at is null and v.type = 'approve'
      and v.args_hash = ${argsHash}
      and not (${isFourEyed(r)} and ${subjectIn(`${r}.requested_by`)} in (v.subject, v.authority)))`;

/**
 * Of the standing approval that the decision `d` on the review `r` was made by: how many people signed it, whoever's
 * rights they had.
 */
const signaturesOf = (r: string, d: string): string => `(
    select least(count(distinct ${subjectIn("g.person")}), count(distinct ${authorityIn("g.person")}))
    from holdpoint.standing_signatures g
    where g.approval_id = ${d}.approval_id
      and not (${isFourEyed(r)} and ${subjectIn(`${r}.requested_by`)} in (${subjectIn("g.person")}, ${authorityIn("g.person")})))`;

/** The decision `d` on the review `r` has behind it who has to stand behind it. */
export const isAgreed = (r: string, d: string): string => `((${r}.panel ->> 'of')::int <= 1
      or ${approvalsOf(r, `${d}.args_hash`)} >= (${r}.panel ->> 'quorum')::int
      or ${signaturesOf(r, d)} >= (${r}.panel ->> 'quorum')::int)
    and not (${isFourEyed(r)}
      and ${subjectIn(`${r}.requested_by`)} in (${subjectIn(`${d}.decided_by`)}, ${authorityIn(`${d}.decided_by`)}))`;

/** The decision `d` on the review `r` lets its call go, on the arguments of the decision. */
export const lets = (
  r: string,
  d: string,
): string => `(${d}.undone_at is null and ${d}.seen_hash = ${r}.args_hash
    and (${d}.type = 'edit' or (${d}.type = 'approve' and ${d}.args_hash = ${d}.seen_hash))
    and not ${isUnfinished(r)} and ${isAgreed(r, d)} and ${isNotRevoked(d)})`;
