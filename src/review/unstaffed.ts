// What asks for people where there are none is refused: it would wait for ever, or for a deadline that changes nothing.
import type { Reason, RiskAssessment } from "../policies/words.js";

/** @param unstaffed tiers where nobody can release anything */
export function unlessUnstaffed(assessment: RiskAssessment, unstaffed: readonly string[]): RiskAssessment {
  const { tier } = assessment;
  if (tier === null || !unstaffed.includes(tier)) return assessment;
  // What else was found is for whoever decides; its agent hears of a refusal, and whoever chats may read it.
  return { ...assessment, route: "refuse", tier: null, reasons: [nobodyDecides] };
}

const nobodyDecides: Reason = {
  rule: "nobody-decides",
  text: "A person would have to release this, and nobody here may.",
};
