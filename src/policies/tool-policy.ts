import { readFacts, type Readable } from "./readable-facts.js";
import type { Policy } from "./policy.js";
import type { EffectClass, Reversibility } from "./words.js";

/** What the tool's author, who is trusted code, declares of it. */
export interface DeclaredEffect {
  reversibility: Reversibility;
  effect: EffectClass;
  /** For the record. Risk follows from the reversibility: where the two disagree, the worse one is believed. */
  readOnly: boolean;
}

/** What holds for a tool. The company's word wins over the author's, in both directions. */
export function effectOf(
  policy: Policy,
  tool: string,
  declared: DeclaredEffect,
): { reversibility: Reversibility; effect: EffectClass } {
  const said = policy.tools.get(tool);
  return {
    reversibility: said?.reversibility ?? declared.reversibility,
    effect: said?.effect ?? declared.effect,
  };
}

/** The argument whose words are written together with a person; null where none is. The company's word wins. */
export function draftFieldOf(policy: Policy, tool: string, declared: string | undefined): string | null {
  const said = policy.tools.get(tool)?.draft ?? null;
  if (said === "never") return null;
  return said?.field ?? declared ?? null;
}

/** How much a call moves, for the title a reviewer reads. Null where the policy says nothing, or it cannot be read. */
export function amountOf(policy: Policy, call: Readable): { amount: number; currency: string | null } | null {
  const said = policy.tools.get(call.tool);
  const amount = said?.amount?.(readFacts(call));
  return amount?.ok ? { amount: amount.value, currency: said?.currency ?? null } : null;
}
