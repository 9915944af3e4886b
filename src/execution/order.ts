// What the executor is asked to run.
import { rolesOf } from "../policies/policy.js";
import { effectOf } from "../policies/tool-policy.js";
import { titleOf, type ProposeDeps } from "../review/propose.js";
import type { Standing } from "../review/store.js";
import type { Order } from "./executor.js";
import { goneTool } from "./gone-tool.js";

export function orderOf(deps: Pick<ProposeDeps, "tools" | "policy">, { action, review }: Standing): Order {
  const tool = deps.tools.get(action.tool) ?? goneTool(action.tool);
  const policy = deps.policy();
  const tier = policy.defaultTier;
  return {
    actionId: action.id,
    argsHash: review?.decision?.argsHash ?? action.argsHash,
    tool,
    effect: effectOf(policy, tool.name, tool).effect,
    askedOf: { tier, roles: [...rolesOf(policy, tier)], title: review?.title ?? titleOf(tool, action) },
  };
}
