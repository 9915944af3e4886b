// What the tools of a recording did to the world.
import type { Reversibility } from "../policies/words.js";

/** From mild to severe. A handoff passes the case to a person: it changes something, and is no write to the books. */
export const recordedEffects = ["read", "handoff", "reversible-write", "irreversible-write"] as const;
export type RecordedEffect = (typeof recordedEffects)[number];

export function isWrite(effect: RecordedEffect): boolean {
  return effect === "reversible-write" || effect === "irreversible-write";
}

export function worseEffect(a: RecordedEffect, b: RecordedEffect): RecordedEffect {
  return recordedEffects.indexOf(a) >= recordedEffects.indexOf(b) ? a : b;
}

/** A guess by the name, where nobody labelled the tools: what does not sound like reading is taken for the worst. */
export function effectByName(tool: string): RecordedEffect {
  return /^(get_|find_|search_|list_|check_|calculate|think)/.test(tool) ? "read" : "irreversible-write";
}

export function reversibilityOf(effect: RecordedEffect): Reversibility {
  return effect === "irreversible-write" ? "irreversible" : "reversible";
}
