// The rung that a review stands on, as one JSON parameter and as the columns it fills.
import type { Rung } from "../review/rung.js";
import { storable } from "./execution-rows.js";

export function rungToRow({ tier, roles, panel, respondMs, dueAt, onSilence }: Rung): string {
  return JSON.stringify({
    tier: storable(tier),
    roles,
    panel,
    respond_secs: respondMs === null ? null : respondMs / 1_000,
    due_at: dueAt?.toISOString() ?? null,
    on_silence: onSilence,
  });
}

/**
 * Who decides it, while its time goes on. In each of these `rung` is an expression of type jsonb, and `r` the review. What
 * happens on silence changes only with who decides.
 */
export const deciderColumns = "tier, roles, panel, on_silence";
export const deciderValues = (rung: string, r: string): string =>
  `${whoOf(rung)}, case when ${r}.tier = ${rung} ->> 'tier' then ${r}.on_silence else ${silenceOf(rung)} end`;

/** Who decides it, until when, and what then. */
export const rungColumns = "tier, roles, panel, on_silence, expires_at, extended";
export const rungValues = (rung: string): string =>
  `${whoOf(rung)}, ${silenceOf(rung)},
    coalesce((${rung} ->> 'due_at')::timestamptz, now() + make_interval(secs => (${rung} ->> 'respond_secs')::float8)), 0`;

const whoOf = (rung: string): string =>
  `${rung} ->> 'tier', array(select jsonb_array_elements_text(${rung} -> 'roles')), ${rung} -> 'panel'`;
const silenceOf = (rung: string): string => `nullif(${rung} -> 'on_silence', 'null')`;
