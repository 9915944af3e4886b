import type { JsonObject } from "../../kernel/json.js";
import { alikeness } from "../../risk/alike.js";
import type { DecidedCall } from "./past.js";

/** So many approved calls have to be like it: one alone may have been chance. */
const neighbours = 3;

/**
 * How much more a call is like what people approved unchanged than like what they changed or refused: 1 where it is
 * that what they approve, 0 where nothing they approved is like it. Each single call that they did not approve counts in full.
 * Null: nobody has decided a call of this tool.
 */
export function similarityOf(args: JsonObject, decided: readonly DecidedCall[]): number | null {
  if (decided.length === 0) return null;
  const nearest: number[] = Array.from({ length: neighbours }, () => 0);
  let against = 0;
  for (const one of decided) {
    const alike = alikeness(args, one.args);
    if (one.verdict !== "approved") against = Math.max(against, alike);
    else if (alike > (nearest[0] ?? 0)) {
      nearest[0] = alike;
      nearest.sort((a, b) => a - b);
    }
  }
  const approved = nearest.reduce((sum, alike) => sum + alike / neighbours, 0);
  return approved === 0 ? 0 : (approved * approved) / (approved + against);
}
