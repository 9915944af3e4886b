// What the example policies object to in recorded writes: nothing is fitted, they were written from the companies' own texts.
import { readFile } from "node:fs/promises";
import { airlineValidators } from "../examples/policies/airline.js";
import { retailValidators } from "../examples/policies/retail.js";
import { hashJson } from "../src/kernel/json.js";
import { assess, type CallFacts } from "../src/policies/assess.js";
import { heardOf } from "../src/policies/heard.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import type { Policy } from "../src/policies/policy.js";
import { withValidators } from "../src/policies/with-validators.js";
import type { RiskLevel } from "../src/policies/words.js";
import type { RecordedWrite } from "./tau-writes.js";

/** Which objections count. */
export type Counts = (rule: string) => boolean;

export interface Judged {
  write: RecordedWrite;
  objections: readonly Objection[];
  /** As the policy's score hears it; null: nobody looks at this tool. */
  heard: number | null;
  /** The policy refuses it, and nobody is asked. */
  isDenied: boolean;
}

interface Objection {
  rule: string;
  weight: number;
}

export interface Pack extends Policy {
  name: string;
}

export async function loadPacks(): Promise<Pack[]> {
  return Promise.all(
    Object.entries(validatorsOf).map(async ([name, validators]) => {
      const file = new URL(`../examples/policies/${name}.yaml`, import.meta.url);
      const policy = loadPolicy(await readFile(file, "utf8"), `${name}.yaml`);
      return { ...withValidators(policy, validators), name };
    }),
  );
}

const validatorsOf = { airline: airlineValidators, retail: retailValidators };

/** As the runtime flags them. */
export const repeated = "possible-repeat";
export const afterRefusal = "after-refusal";

/** In the order in which they were made: where something is objected to, a person looks and is right. */
export function judgeAll(packs: readonly Pack[], writes: readonly RecordedWrite[]): Judged[] {
  const refused = new Set<string>();
  return writes.map((write) => {
    const one = judge(packs, write, refused.has(write.conversation));
    if (one.objections.length > 0) {
      if (one.isDenied || !write.isCorrect) refused.add(write.conversation);
      else refused.delete(write.conversation);
    }
    return one;
  });
}

/** Each rule and validator is asked by itself: of a call that one denies, the assessment tells no other reason. */
function judge(packs: readonly Pack[], write: RecordedWrite, isAfterRefusal: boolean): Judged {
  const pack = packs.find(({ name }) => name === write.domain);
  if (!pack) throw new Error(`There is no policy for ${write.domain}.`);
  const alone = [
    ...pack.rules.map((rule) => ({ name: rule.id, rules: [rule], validators: [] })),
    ...pack.validators.map((one) => ({ name: one.name, rules: [], validators: [one] })),
  ];
  const said = alone.map(({ name, ...single }) => {
    const { route, level, reasons } = assess({ ...pack, ...single, tools: new Map() }, factsOf(write));
    return { rule: name, weight: weights[level], objects: route !== "execute", notes: reasons.length > 0 };
  });
  const repeat = write.isRepeat ? [{ rule: repeated, weight: weights.high }] : [];
  const refusal = isAfterRefusal ? [{ rule: afterRefusal, weight: weights.medium }] : [];
  const objections = [...said.filter(({ objects }) => objects), ...repeat, ...refusal];
  const spoken = [
    ...objections.map(() => ({ verdict: "hold" as const })),
    ...said.filter(({ notes }) => notes).map(() => ({ verdict: "note" as const })),
  ];
  const heard = heardOf(pack, write.tool, spoken);
  const { route } = assess({ ...pack, tools: new Map() }, factsOf(write));
  return { write, objections, heard, isDenied: route === "refuse" };
}

/** As a call that runs unless somebody objects. */
function factsOf({ tool, args, evidence }: RecordedWrite): CallFacts {
  const declared = { reversibility: "reversible", effect: "blind", readOnly: false } as const;
  return { tool, args, argsHash: hashJson(args), declared, context: {}, evidence, flags: [] };
}

export const weights: Readonly<Record<RiskLevel, number>> = { low: 1, medium: 2, high: 4, critical: 8 };

/** How grave the gravest of it is: as the queue has it, several small ones make no grave one. */
export function objectedTo({ objections }: Judged, counts: Counts = () => true): number {
  return Math.max(0, ...objections.filter(({ rule }) => counts(rule)).map(({ weight }) => weight));
}
