// A stronger model looks before a person is asked, where a call would go to one only for being unsure.
import type { Reason, Route } from "../policies/words.js";
import { judgementOf, type JudgedCase } from "./judge.js";
import { valueOf, type Patience } from "./opinion.js";
import type { Model } from "./port.js";

/** The id of the reasons that tell of it. */
export const strongerModel = "stronger-model";

export interface Laddered {
  /** The judgement that counts: the best that one of them gave, for the best is what could have made it sure. Null: none did. */
  judge: number | null;
  /** Is the call sure by it? */
  isSure: boolean;
  /** What each of them said, for whoever decides or looks later. */
  reasons: Reason[];
}

export interface Climb {
  /** The weakest first. */
  ladder: readonly Model[];
  /** Where the call would go. Only from `review` does anything lead up here: what cannot be undone, what is forbidden and what people write are no question to a model. */
  route: Route;
  judged: JudgedCase;
  /** Makes the call's score anew with this judgement, and says whether that is enough. */
  isSure(judge: number): boolean;
  patience: Patience;
}

/** Asks one after the other until one makes the call sure. Without an answer nothing is sure. */
export async function laddered({ ladder, route, judged, isSure, patience }: Climb): Promise<Laddered> {
  const came: Laddered = { judge: null, isSure: false, reasons: [] };
  if (route !== "review") return came;
  for (const model of ladder) {
    const opinion = await judgementOf(model, judged, patience);
    const value = valueOf(opinion);
    if (value !== null) came.judge = Math.max(value, came.judge ?? 0);
    came.isSure = value !== null && isSure(value);
    came.reasons.push({ rule: strongerModel, text: toldOf(model.name, value, opinion.why) });
    if (came.isSure) return came;
  }
  return came;
}

function toldOf(name: string, value: number | null, why: string): string {
  const said = `“${why.length > 300 ? `${why.slice(0, 300)}…` : why}”`;
  return value === null
    ? `A stronger model (${name}) was to look first, and gave no judgement: ${said}`
    : `A stronger model (${name}) looked first: ${Math.round(value * 100)} % sure that it is right. ${said}`;
}
