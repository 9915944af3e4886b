// A policy file however wrong the rest of it is: as much of it as names something, so that one look at the messages shows
// all that is to be repaired.
import { z } from "zod";
import type { Spot } from "../yaml/source.js";

/** What one part of a policy says wrongly of another. */
export interface Misreference {
  spot: Spot;
  message: string;
}

const word = z.string().optional().catch(undefined);
const ruleOutline = z.object({
  id: word,
  when: word,
  tier: word,
  verdict: word,
  guideline: z.unknown().optional(),
  questions: z.unknown().optional(),
});
const tierOutline = z
  .object({
    respond: z.unknown().optional(),
    // oxlint-disable-next-line unicorn/no-thenable -- as in the schema.
    then: z
      .union([z.string(), z.object({ instead: word })])
      .optional()
      .catch(undefined),
    hours: word,
    outside: z.unknown().optional(),
    extend: z.unknown().optional(),
    roles: z.array(z.string()).optional().catch(undefined),
    quorum: z.int().optional().catch(undefined),
    of: z.int().optional().catch(undefined),
    blind: z.boolean().optional().catch(undefined),
    in_turn: z.boolean().optional().catch(undefined),
    veto: z.array(z.string()).optional().catch(undefined),
    split: word,
  })
  .catch({});
const routingOutline = z
  .object({ bands: z.array(z.object({ tier: word }).catch({})).catch([]) })
  .nullish()
  .catch(null);
const toolOutline = z
  .object({ reversibility: word, draft: word, amount: z.unknown().optional(), currency: word })
  .catch({});
const limitOutline = z
  .object({ currency: word, tools: z.array(z.string()).optional().catch(undefined) })
  .catch({});
export const outlineSchema = z
  .object({
    tools: z.record(z.string(), toolOutline).nullish().catch(null),
    limits: z.array(limitOutline).nullish().catch(null),
    default: z.object({ tier: word }).nullish().catch(null),
    facts: z.record(z.string(), z.unknown()).nullish().catch(null),
    rules: z.array(ruleOutline.catch({})).catch([]),
    routing: routingOutline,
    changes: z.object({ tier: word }).nullish().catch(null),
    calendars: z.record(z.string(), z.unknown()).nullish().catch(null),
    tiers: z.record(z.string(), tierOutline).nullish().catch(null),
  })
  .catch({ rules: [] });

export type TierOutline = z.output<typeof tierOutline>;
export type ToolOutline = z.output<typeof toolOutline>;
export type LimitOutline = z.output<typeof limitOutline>;
