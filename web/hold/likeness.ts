// In what an earlier call is like the one that is looked at, in words.
import type { Likeness } from "../api.js";
import { spokenName } from "../words.js";

/** `same customer and currency; amount 40 % lower; another account` */
export function likenessWords({ sameRules, same, numbers, differing }: Likeness): string {
  if (numbers.length + differing.length === 0)
    return sameRules ? "the same in everything" : "the same, held by other rules";
  const parts = [
    same.length > 0 ? `same ${listed(same)}` : "",
    ...numbers.map(({ field, ratio }) => `${spokenName(field)} ${ratioWords(ratio)}`),
    differing.length > 0 ? `${differing.length === 1 ? "another" : "other"} ${listed(differing)}` : "",
    sameRules ? "" : "held by other rules",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

/** How much more or less it was then: `40 % lower`, `12 times as high`. */
function ratioWords(ratio: number): string {
  const percent = Math.round(Math.abs(ratio - 1) * 100);
  if (percent === 0) return "nearly the same";
  if (ratio >= 3) return `${Math.round(ratio).toLocaleString()} times as high`;
  return ratio > 1 ? `${percent} % higher` : `${percent} % lower`;
}

/** So many are named; of more, how many. */
const mostNamed = 3;

function listed(fields: readonly string[]): string {
  const named = fields.slice(0, fields.length > mostNamed ? mostNamed - 1 : mostNamed).map(spokenName);
  const rest = fields.length - named.length;
  const all = rest > 0 ? [...named, `${rest} more`] : named;
  return all.length === 1 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
