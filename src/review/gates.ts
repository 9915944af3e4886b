// What is known of calls that are routed by a score: what their kind has earned, and what speaks against each. Fetched only
// where the policy asks for scores, and only for what may have one.
import { drawOf } from "../kernel/ids.js";
import type { JsonObject } from "../kernel/json.js";
import type { Policy } from "../policies/policy.js";
import type { Gate } from "../policies/routing.js";
import { stratumOf, type Author, type Stratum } from "../policies/stratum.js";
import { effectOf } from "../policies/tool-policy.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { Autonomy } from "./autonomy.js";
import type { PastStore } from "./routing/past.js";
import { signalValuesOf } from "./routing-signals.js";
import type { DoneBefore } from "./store.js";

export interface GateDeps {
  autonomy: Autonomy;
  past: PastStore;
}

/** The model and the instructions of whoever made the calls. */
export type MadeBy = Omit<Author, "agent">;

export interface GatedCall {
  tool: HoldpointTool;
  args: JsonObject;
  actionId: string;
  /** The model's own word: by the probabilities that its provider sends, else what it said. */
  certainty: number | null;
}

/** Undefined: not known, and the call waits. */
export type GateOf = (call: GatedCall, before: Pick<DoneBefore, "carriedOut">) => Gate | undefined;

const nothingKnown: GateOf = () => undefined;

export async function gatesFor(
  deps: GateDeps | null,
  tenant: string,
  policy: Policy,
  author: Author | null,
  tools: readonly HoldpointTool[],
): Promise<GateOf> {
  const { routing } = policy;
  const scored = tools.filter((tool) => mayHaveScore(policy, tool));
  if (!deps || !routing || !author || scored.length === 0) return nothingKnown;
  const strata = new Map(
    scored.map((tool): [string, Stratum] => [tool.name, stratumOf(author, tool, routing.weights)]),
  );
  const [earned, decided] = await Promise.all([
    deps.autonomy.earned(tenant, [...strata.values()], routing),
    deps.past.pastOf(tenant, { graphId: author.agent, tools: [...strata.keys()] }),
  ]);
  return ({ tool, args, actionId, certainty }, { carriedOut }) => {
    const stratum = strata.get(tool.name);
    const shown = stratum && earned.get(stratum.id);
    return (
      shown && {
        stratum: stratum.id,
        earned: shown,
        values: signalValuesOf(
          { tool: tool.name, args },
          { ...decided, carriedOut },
          { confidence: certainty },
        ),
        draw: drawOf(actionId),
      }
    );
  };
}

/** What only reads runs, and what cannot be undone or is itself a question waits, whatever it scores. */
function mayHaveScore(policy: Policy, tool: HoldpointTool): boolean {
  if (tool.asks !== undefined) return false;
  switch (effectOf(policy, tool.name, tool).reversibility) {
    case "irreversible":
      return false;
    case "compensable":
      return true;
    case "reversible":
      return !tool.readOnly;
  }
}
