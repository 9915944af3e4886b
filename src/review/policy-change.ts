// A change of the policy as a call that waits: what stands in it, who judges it, and what is in force once it has run. It
// is on record like any other, and released by the same rows.
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { sha256 } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";
import { diffPolicies } from "../policies/diff.js";
import type { Flag } from "../policies/assess.js";
import { hasHours, type Policy, type Tier, type ToolPolicy } from "../policies/policy.js";
import { defineTool } from "../tools/define-tool.js";
import type { HoldpointTool, ToolContext } from "../tools/tool.js";
import type { Judge } from "./answer.js";
import { answersToChange, changesOf } from "./change-names.js";
import { propose } from "./propose.js";
import type { ReviewStore } from "./store.js";
import type { Review } from "./types.js";

const argsSchema = z.strictObject({
  /** Whose policy it is, the first of them in whose name it stands. */
  agents: z.array(z.string()).min(1),
  /** In words. */
  changes: z.array(z.string()).min(1),
  /** What it would have made of the calls on record, in words. */
  replay: z.array(z.string()),
  from: z.string(),
  to: z.string(),
});
export type ChangeArgs = z.output<typeof argsSchema>;

export interface ProposedChange {
  review: Review;
  args: ChangeArgs;
}

export interface ChangeStore {
  /** In the name of this agent, the newest first. */
  proposed(tenant: string, agent: string): Promise<ProposedChange[]>;
  /** Undecided, or decided and nothing has come of it yet; the oldest first. */
  waiting(tenant: string, agents: readonly string[]): Promise<ProposedChange[]>;
  /** Undecided, the oldest first. */
  open(tenant: string, agents: readonly string[]): Promise<ProposedChange[]>;
  /** Those, and what is decided for good where nobody has done what follows from it. */
  unfinished(tenant: string, agents: readonly string[]): Promise<ProposedChange[]>;
  supersede(tenant: string, reviewIds: readonly string[]): Promise<void>;
}

/** Puts the version in force in the transaction that writes down that it did; throws where `from` no longer is. */
export type PutInForce = (
  sql: NonNullable<ToolContext["sql"]>,
  change: ChangeArgs,
  idempotencyKey: string,
) => Promise<void>;

const toolName = "change_policy";

export function changeTool(putInForce: PutInForce): HoldpointTool {
  return defineTool({
    name: toolName,
    description: "Puts another version of the policy in force.",
    args: argsSchema,
    annotations: { title: "Change the policy", idempotentHint: true },
    reversibility: "compensable",
    effect: "transactional",
    title: ({ agents, changes }) =>
      `Change the policy of ${agents.join(", ")}: ${changes.length === 1 ? "one change" : `${changes.length} changes`}`,
    async run(change, { sql, idempotencyKey }) {
      if (!sql) throw new Error("A transactional tool was run outside of a transaction.");
      await putInForce(sql, change, idempotencyKey);
      return `Version ${change.to} is in force.`;
    },
  });
}

/** What judges a change: the policy in force, as far as it says who approves it and how long they have. */
export function judgeOfChanges(tool: HoldpointTool, inForce: () => Policy): Judge {
  const uneditable: HoldpointTool = {
    ...tool,
    parseArgs() {
      throw new HoldpointError(
        "args_invalid",
        "A change of the policy cannot be edited: it is made where it was written. Reject it, and change it there.",
      );
    },
  };
  return {
    tools: new Map([[toolName, uneditable]]),
    policy: () => rulingChanges(inForce()),
    answers: answersToChange,
  };
}

/** Without its rules: none of them could let a change go, or keep it from who is to decide it. */
function rulingChanges(policy: Policy): Policy {
  return {
    ...policy,
    tools: new Map([[toolName, said]]),
    rules: [],
    facts: [],
    validators: [],
    tiers: policy.tiers.map(refusingOnSilence),
    reads: { tools: [], words: false, now: hasHours(policy) },
    routing: null,
    // Where none is named any more, a change that still waits is decided by nobody below the top.
    defaultTier: policy.changes?.tier ?? policy.tiers.at(-1)?.name ?? policy.defaultTier,
  };
}

/** Nothing is done in the place of a change. */
function refusingOnSilence(tier: Tier): Tier {
  return tier.deadline?.after.kind === "instead"
    ? { ...tier, deadline: { ...tier.deadline, after: { kind: "reject" } } }
    : tier;
}

const said: ToolPolicy = {
  reversibility: "compensable",
  effect: "transactional",
  level: "high",
  amount: null,
  currency: null,
  batch: "never",
  draft: "never",
  reserved: "never",
  rejectReasons: [],
};

const askedFor: Flag = {
  rule: "policy-change",
  text: "The policy in force has its changes approved: until then it stays in force as it is.",
};

/** What a person reads before they let it rule. */
export function changesInWords(from: Policy, to: Policy): string[] {
  const texts = diffPolicies(from, to).map(({ text }) => text);
  return texts.length > 0
    ? texts
    : ["No rule, tool, tier or setting says anything else; how it is written differs."];
}

/**
 * Opens the review of a change. Called again with the same `nth` it changes nothing, so that processes which see one
 * file change open one review.
 */
export async function proposeChange(
  { store, newId, tool }: { store: ReviewStore; newId: () => string; tool: HoldpointTool },
  inForce: Policy,
  { args, by, nth }: { args: ChangeArgs; by: Principal; nth: number },
): Promise<string> {
  const [agent = ""] = args.agents;
  const graphId = changesOf(agent);
  const scope = {
    tenant: by.tenant,
    // Whoever could guess it might have a thread of that name, and read there what is proposed.
    threadId: `policy ${sha256(graphId, args.from, args.to, String(nth))}`,
    checkpointNs: "",
    principal: by,
    runId: null,
  };
  const call = { messageId: args.to, callIndex: 0, callId: args.to, tool: toolName, args };
  const deps = {
    graphId,
    tools: new Map([[toolName, tool]]),
    policy: () => rulingChanges(inForce),
    store,
    newId,
  };
  const [action] = await propose(deps, scope, [call], { flags: [askedFor] });
  if (!action) throw new Error("A proposal was answered with no action.");
  return action.id;
}
