import type { OddValue } from "../../src/http/contract.js";

/** Why a value stands out, as a mark and a sentence. */
export function oddWords({ why, given, before }: OddValue): { mark: string; sentence: string } {
  switch (why) {
    case "changed":
      return { mark: "changed", sentence: `For the same ${given} it was always ${shown(before)} before.` };
    case "new":
      return { mark: "new", sentence: "Never let through before, as most of the others were." };
    case "rare":
      return { mark: "differs", sentence: "Nearly all the others have the same value here." };
    case "far":
      return { mark: "far off", sentence: "A number far from the others." };
  }
}

export function shown(value: unknown): string {
  if (value === undefined) return "left out";
  return typeof value === "string" ? value : JSON.stringify(value);
}
