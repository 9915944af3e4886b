// What an agent asks a person: a question with options, or a case that it hands over.
import type { Review } from "../api.js";
import { useKept } from "../../react/kept.js";

export interface Option {
  label: string;
  rationale?: string;
  cost?: string;
  evidence?: string;
}

export interface Question {
  question: string;
  options: readonly Option[];
  why?: string;
}

export interface Case {
  reason: keyof typeof reasons;
  summary: string;
  tried: readonly string[];
  open: readonly string[];
}

export const reasons = {
  out_of_depth: "The agent is out of its depth",
  upset: "The customer is upset",
  asked_for_a_person: "The customer asks for a person",
  other: "The agent hands over",
} as const;

export function isAsked({ kind }: Pick<Review, "kind">): boolean {
  return kind === "ask" || kind === "handover";
}

export function questionIn({ args, title }: Review): Question {
  return { question: title, options: [], ...(args as Partial<Question>) };
}

export function caseIn({ args }: Review): Case {
  return { reason: "other", summary: "", tried: [], open: [], ...(args as Partial<Case>) };
}

/** The label of the option that is picked and not sent yet. */
export function usePicked({ id, argsHash }: Review): [string | null, (label: string | null) => void] {
  return useKept<string | null>(`${id} ${argsHash} picked`, () => null);
}
