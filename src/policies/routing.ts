// Calls that no rule settles: what becomes of one, by how little speaks against it and by what calls of its kind have
// earned. Pure; the draw that decides who is looked at none the less is passed in.
import type { Target } from "./certify.js";
import type { Score, SignalValues, Weights } from "./composite.js";
import type { Reason } from "./words.js";

/** What a company says of such calls. Shares and scores are 0 … 1. */
export interface Routing {
  /** Which part of all decisions people are to see. It routes nothing, and stands beside what is foretold. */
  readonly target: { readonly from: number; readonly to: number };
  /** Of what runs without a person, at most this part may be wrong … */
  readonly maxError: number;
  /** … with at least this probability. */
  readonly confidence: number;
  /** What is promised of calls of these tools in place of that. */
  readonly tools: ReadonlyMap<string, Target>;
  /** Which part of what would run, or be refused, is shown to a person none the less: it keeps the figures true. */
  readonly sample: number;
  /** A call that scores less is refused, and its agent told. Null: none is. */
  readonly refuseBelow: number | null;
  /** Who looks at what scores less; lowest first. */
  readonly bands: readonly ScoreBand[];
  readonly weights: Weights;
}

/** As it is for calls of one tool. */
export function routingOf(routing: Routing, tool: string): Routing {
  return { ...routing, ...routing.tools.get(tool) };
}

export interface ScoreBand {
  readonly below: number;
  readonly tier: string;
}

/** What calls of one kind have shown so far. */
export type Earned =
  | { readonly kind: "certified"; readonly threshold: number }
  | {
      readonly kind: "none";
      /** Conversations in which people have decided such calls. */
      readonly units: number;
      /** How many it takes at least, all of them right. */
      readonly needed: number;
      /** Since when what was earned before is withdrawn: more went wrong than may. ISO 8601. */
      readonly withdrawnAt: string | null;
    };

/** What is known of a call for routing it. */
export interface Gate {
  /** The kind of call: see `stratum.ts`. */
  readonly stratum: string;
  readonly earned: Earned;
  readonly values: SignalValues;
  /** Uniform in [0, 1), and nothing that a model could know when it made the call. */
  readonly draw: number;
  /** What stronger models said of it, for whoever decides or looks later. */
  readonly said?: readonly Reason[];
}

/** `lookedAt`: with which probability a person sees a call that stands as this one does; `leastLookedAt`: any of its kind. */
export type Passage = {
  readonly reason: Reason;
  readonly lookedAt: number;
  readonly leastLookedAt: number;
} & ({ readonly kind: "execute" | "refuse" } | { readonly kind: "review"; readonly tier: string | null });

export function passageOf(routing: Routing, score: Score, { earned, draw }: Gate): Passage {
  const tier = tierFor(routing, score);
  if (earned.kind === "none")
    return { kind: "review", reason: notCertified(earned), tier, lookedAt: 1, leastLookedAt: 1 };
  const { sample, refuseBelow } = routing;
  const byChance = { lookedAt: sample, leastLookedAt: sample };
  const isRefused = refuseBelow !== null && score.score < refuseBelow;
  if (!isRefused && score.score < earned.threshold)
    return {
      kind: "review",
      reason: unsure(score, earned.threshold),
      tier,
      lookedAt: 1,
      leastLookedAt: sample,
    };
  if (draw < sample) return { kind: "review", reason: sampled, tier, ...byChance };
  return isRefused
    ? { kind: "refuse", reason: doubtful, ...byChance }
    : { kind: "execute", reason: certified(score, earned.threshold), ...byChance };
}

/** Null: whoever releases what no rule asks for. */
function tierFor({ bands }: Routing, { score }: Score): string | null {
  return bands.find(({ below }) => score < below)?.tier ?? null;
}

function notCertified({ units, needed, withdrawnAt }: Extract<Earned, { kind: "none" }>): Reason {
  const labels = `${units} of at least ${needed} conversations`;
  return withdrawnAt === null
    ? {
        rule: "not-certified",
        text: `Calls of this kind do not run by themselves yet: people have decided ${labels} that it takes.`,
      }
    : {
        rule: "autonomy-withdrawn",
        text: `Calls of this kind no longer run by themselves: of those that did, more were wrong than may be. Since ${withdrawnAt.slice(0, 10)} people have decided ${labels} that it takes.`,
      };
}

function unsure({ score, parts }: Score, threshold: number): Reason {
  const weak = parts.filter(({ value }) => value === null || value < 1).slice(0, 3);
  const told = weak.map(({ signal, value }) => `${signal} ${value === null ? "not known" : rounded(value)}`);
  const weakest = told.length > 0 ? ` Weakest: ${told.join(", ")}.` : "";
  return {
    rule: "unsure",
    text: `It scores ${rounded(score)}, and such calls run by themselves from ${rounded(threshold)} on.${weakest}`,
  };
}

function certified({ score }: Score, threshold: number): Reason {
  return {
    rule: "certified",
    text: `It scores ${rounded(score)}, and such calls run by themselves from ${rounded(threshold)} on.`,
  };
}

const sampled: Reason = {
  rule: "sampled",
  text: "Nothing speaks for asking about this one: it is shown by chance, so that the figures on its kind stay true.",
};

/** The agent reads it, and whoever chats may: no figure, and no signal. */
const doubtful: Reason = {
  rule: "doubtful",
  text: "Too much speaks against this call for anybody to be asked about it. Check its values with whoever asked.",
};

export const notScored: Reason = {
  rule: "not-scored",
  text: "How much speaks against this call could not be found out, so a person has to look.",
};

function rounded(value: number): string {
  return value.toFixed(2).replace(/^0/, "");
}
