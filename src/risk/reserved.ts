// Decisions about people that law wants a person to make, by what a tool is called: a word that decides, and whom or what it
// decides about. Sources: the EU AI Act (Reg. (EU) 2024/1689), Annex III, by its points, and GDPR, Art. 22. The law itself is
// wider; what a company reserves beyond this it says in its policy.
import { reservedCategories, type ReservedCategory } from "../policies/words.js";
import { wordsOf } from "./read-tool.js";

export interface Reserved {
  category: ReservedCategory;
  /** The words it was read from. */
  verb: string;
  thing: string;
  source: string;
}

const deciding = new Set(
  wordsIn(`
    approve reject deny decline refuse accept grant award decide determine adjudicate assess evaluate score rank rate shortlist
    screen select classify qualify disqualify admit expel suspend terminate cancel revoke withdraw reduce cut sanction
    dismiss fire promote demote`),
);

interface Category {
  source: string;
  /** Whom or what it decides about. */
  things: string;
  /** Verbs that decide about people by themselves. */
  verbs?: string;
}

const categories: Readonly<Record<ReservedCategory, Category>> = {
  employment: {
    source: "EU AI Act, Annex III, 4",
    things:
      "employee employees worker workers staff candidate candidates applicant applicants resume cv employment hiring",
    verbs: "hire",
  },
  credit: {
    source: "EU AI Act, Annex III, 5 (b)",
    things: "loan loans mortgage mortgages borrower borrowers creditworthiness overdraft",
  },
  insurance: {
    source: "EU AI Act, Annex III, 5 (c)",
    things: "insurance underwriting policyholder claimant insured",
    verbs: "underwrite",
  },
  benefits: {
    source: "EU AI Act, Annex III, 5 (a)",
    things: "benefit benefits welfare pension pensions allowance disability unemployment",
  },
  education: {
    source: "EU AI Act, Annex III, 3",
    things:
      "student students pupil pupils admission admissions exam exams enrolment enrollment scholarship scholarships",
  },
  housing: { source: "GDPR, Art. 22", things: "tenancy tenancies renter lessee housing", verbs: "evict" },
  health: {
    source: "GDPR, Art. 9 and 22",
    things: "patient patients treatment diagnosis prescription therapy medication surgery",
    verbs: "prescribe diagnose triage",
  },
  migration: {
    source: "EU AI Act, Annex III, 7",
    things: "visa visas asylum immigration residency refugee",
    verbs: "deport",
  },
  justice: {
    source: "EU AI Act, Annex III, 6 and 8",
    things: "suspect suspects offender offenders defendant parole bail",
    verbs: "arrest",
  },
};

const read = reservedCategories.map((category) => {
  const { source, things, verbs = "" } = categories[category];
  return { category, source, things: new Set(wordsIn(things)), verbs: new Set(wordsIn(verbs)) };
});

/** Null: nothing in its name says so. */
export function reservedIn(name: string): Reserved | null {
  const words = wordsOf(name);
  const verb = words.find((word) => deciding.has(word));
  for (const { category, source, things, verbs } of read) {
    const own = words.find((word) => verbs.has(word));
    if (own !== undefined)
      return { category, source, verb: own, thing: words.find((word) => word !== own) ?? own };
    const thing = words.find((word) => things.has(word));
    if (verb !== undefined && thing !== undefined && thing !== verb) return { category, source, verb, thing };
  }
  return null;
}

export function sourceOf(category: ReservedCategory): string {
  return categories[category].source;
}

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
