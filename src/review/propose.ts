// Proposing: each call of a model message becomes a row, with what was found about it and, where somebody has to
// decide, an open review. Nothing runs here.
import { hashJson, type JsonObject } from "../kernel/json.js";
import { actionId, type NewId } from "../kernel/ids.js";
import { isHoldpointError } from "../kernel/errors.js";
import { wholeDraft, type Draft } from "../drafting/block.js";
import { deadlineOf, rolesOf, type Policy } from "../policies/policy.js";
import { replyName } from "../policies/about-answers.js";
import { draftFieldOf } from "../policies/tool-policy.js";
import type { Reason, RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { ToolSet } from "../tools/tool-set.js";
import { assessCall } from "./assess-call.js";
import type { NewReview, Proposal, ReviewStore } from "./store.js";
import type { Action, ProposedCall, TaskScope } from "./types.js";

export interface ProposeDeps {
  /** The agent that proposes. */
  graphId: string;
  tools: ToolSet;
  /** The policy in force now; it may be reloaded between two calls. */
  policy: () => Policy;
  store: ReviewStore;
  newId: NewId;
}

/** Writes a row for each call, and gives the actions back in order. Called again with the same calls it changes nothing. */
export async function propose(
  deps: ProposeDeps,
  scope: TaskScope,
  calls: readonly ProposedCall[],
  flags: readonly Reason[] = [],
  /** Does the agent put words into blocks next? */
  isDraftedNext = false,
): Promise<Action[]> {
  const drafts = calls.map((call) => readCall(deps, scope, call));
  const repeatable = drafts.filter(({ tool }) => tool && !tool.idempotent);
  const before = await deps.store.claimedBefore(
    scope,
    repeatable.map(({ call, argsHash }) => ({ tool: call.tool, argsHash })),
  );
  const seen = new Set<string>();
  const proposals = drafts.map((draft) => {
    const key = `${draft.call.tool} ${draft.argsHash}`;
    const repeats = repeatable.includes(draft) && (before.has(key) || seen.has(key));
    seen.add(key);
    return proposalOf(deps, scope, draft, repeats ? [...flags, possibleRepeat] : flags, isDraftedNext);
  });
  await deps.store.propose(scope.tenant, proposals);
  return proposals.map(({ action }) => action);
}

export function actionIdOf(scope: TaskScope, call: ProposedCall): string {
  return actionId({ ...scope, messageId: call.messageId, callIndex: call.callIndex });
}

/** The hash a call will have once its tool has parsed it; of the raw arguments where no tool can. */
export function proposedHash(tools: ToolSet, call: ProposedCall): string {
  return parseCall(tools.get(call.tool), call).argsHash;
}

const possibleRepeat: Reason = {
  rule: "possible-repeat",
  text: "The same call, with the same arguments, was already carried out or attempted in this conversation.",
};

interface ReadCall {
  call: ProposedCall;
  tool: HoldpointTool | undefined;
  args: JsonObject;
  argsHash: string;
  /** Why it cannot run whatever anybody decides: no such tool, or arguments it does not take. */
  impossible: Reason | null;
}

function readCall(deps: ProposeDeps, _scope: TaskScope, call: ProposedCall): ReadCall {
  const tool = deps.tools.get(call.tool);
  return { call, tool, ...parseCall(tool, call) };
}

function parseCall(
  tool: HoldpointTool | undefined,
  call: ProposedCall,
): Pick<ReadCall, "args" | "argsHash" | "impossible"> {
  const raw = { args: call.args, argsHash: hashJson(call.args) };
  if (call.unreadable !== undefined) {
    return {
      ...raw,
      impossible: { rule: "arguments-unreadable", text: `The arguments are not JSON: ${call.unreadable}` },
    };
  }
  if (!tool) {
    return { ...raw, impossible: { rule: "unknown-tool", text: `There is no tool named "${call.tool}".` } };
  }
  try {
    const args = tool.parseArgs(call.args);
    return { args, argsHash: hashJson(args), impossible: null };
  } catch (error) {
    if (!isHoldpointError(error)) throw error;
    return { ...raw, impossible: { rule: "arguments-invalid", text: error.message } };
  }
}

function proposalOf(
  deps: ProposeDeps,
  scope: TaskScope,
  read: ReadCall,
  flags: readonly Reason[],
  isDraftedNext: boolean,
): Proposal {
  const policy = deps.policy();
  const assessment = assessRead(policy, read, flags);
  const action: Action = {
    id: actionIdOf(scope, read.call),
    tenant: scope.tenant,
    threadId: scope.threadId,
    graphId: deps.graphId,
    runId: scope.runId,
    messageId: read.call.messageId,
    callIndex: read.call.callIndex,
    callId: read.call.callId,
    tool: read.call.tool,
    args: read.args,
    argsHash: read.argsHash,
    assessment,
    rationale: read.call.rationale ?? null,
    requestedBy: scope.principal,
  };
  return { action, review: reviewOf(deps, policy, action, read.tool, isDraftedNext) };
}

function assessRead(
  policy: Policy,
  { call, tool, args, argsHash, impossible }: ReadCall,
  flags: readonly Reason[],
): RiskAssessment {
  if (impossible || !tool) {
    const reasons = impossible ? [impossible] : [];
    return { level: "low", route: "refuse", tier: null, reasons, policyVersion: policy.version, argsHash };
  }
  return assessCall(policy, tool, { tool: call.tool, args, argsHash, declared: tool, context: {}, flags });
}

/** The review that an action's assessment asks for; null where nobody has to look. */
export function reviewOf(
  deps: Pick<ProposeDeps, "newId">,
  policy: Policy,
  action: Action,
  tool: HoldpointTool | undefined,
  isDraftedNext = false,
): NewReview | null {
  const { route, tier } = action.assessment;
  switch (route) {
    case "execute":
    case "refuse":
      return null;
    case "review":
    case "approve":
    case "draft": {
      const asked = tier ?? policy.defaultTier;
      return {
        id: deps.newId(),
        kind: tool?.asks ?? (action.tool === replyName ? "reply" : "review"),
        tier: asked,
        roles: [...rolesOf(policy, asked)],
        respondMs: deadlineOf(policy, asked)?.ms ?? null,
        title: titleOf(tool, action),
        draft: route === "draft" ? unwritten(policy, action, tool, isDraftedNext) : null,
      };
    }
  }
}

/** All of it is uncertain until the agent says what it is sure of, and for good where it never does. */
function unwritten(
  policy: Policy,
  { tool: name, args }: Action,
  tool: HoldpointTool | undefined,
  isWriting: boolean,
): Draft | null {
  const field = draftFieldOf(policy, name, tool?.draft);
  const text = field === null ? null : args[field];
  if (field === null || typeof text !== "string") return null;
  return wholeDraft(field, text, "The agent has not said what of this it is sure of.", isWriting);
}

/** The tool's own words for what will happen; a title that throws must not stop a hold from opening. */
export function titleOf(tool: HoldpointTool | undefined, action: Pick<Action, "tool" | "args">): string {
  try {
    return tool?.title(action.args).slice(0, 500) ?? action.tool;
  } catch {
    return action.tool;
  }
}
