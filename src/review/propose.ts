// Proposing: each call of a model message becomes a row, with what was found about it and, where somebody has to
// decide, an open review. Nothing runs here.
import type { JsonObject } from "../kernel/json.js";
import { actionId, type NewId } from "../kernel/ids.js";
import { wholeDraft, type Draft } from "../drafting/block.js";
import type { Source } from "../drafting/sources.js";
import type { Policy } from "../policies/policy.js";
import type { Flag } from "../policies/assess.js";
import { replyName } from "../policies/about-answers.js";
import type { Gate } from "../policies/routing.js";
import { draftFieldOf } from "../policies/tool-policy.js";
import type { AssessedStep, Reason, RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { ToolSet } from "../tools/tool-set.js";
import type { Conversation } from "../risk/conversation.js";
import { isLookedAt, seenIn } from "./call-signals.js";
import { evidenceFor, type EvidenceRead, type Said } from "./evidence.js";
import { gatesFor, type GatedCall, type GateDeps, type MadeBy } from "./gates.js";
import { assessJudged, declaredBy, type Judged } from "./judged.js";
import { heardGates, type Opinions, type Scored } from "./opinions.js";
import { parseCall, stepsIn, type ParsedCall, type StepCall } from "./parse-call.js";
import { rungOf } from "./rung.js";
import type { NewReview, Proposal, ReviewStore } from "./store.js";
import type { Action, PlanStep, ProposedCall, TaskScope } from "./types.js";
import { approvalsFor, type Approvals } from "./use-approvals.js";

export interface ProposeDeps {
  /** The agent that proposes. */
  graphId: string;
  tools: ToolSet;
  /** The policy in force now; it may be reloaded between two calls. */
  policy: () => Policy;
  store: ReviewStore;
  newId: NewId;
  /** Without them, what the policy routes by its score waits. */
  gates?: GateDeps;
  /** Tiers of the policy where nobody can release anything. Absent: not known. */
  unstaffed?: (tenant: string) => readonly string[];
  /** Without them, nothing was approved in advance. */
  approvals?: Approvals;
}

export interface Proposing {
  /** Null: nobody knows who made the calls, and none of them is routed by a score. */
  madeBy?: MadeBy | null;
  /** What the person wrote before these calls. */
  said?: readonly Said[];
  flags?: readonly Flag[];
  /** Does the agent put words into blocks next? */
  isDraftedNext?: boolean;
  /** Nobody is asked about them: what does not run by itself does not run. */
  asksNobody?: boolean;
  /** Other models that may be asked about the calls; null: none. */
  opinions?: Opinions | null;
  /** The conversation with what tools answered in it, asked for where a call is looked at; null where it is not known. */
  conversation?: ((answers: readonly Source[]) => Conversation) | null;
}

/** Writes a row for each call, and gives the actions back in order. Called again with the same calls it changes nothing. */
export async function propose(
  deps: ProposeDeps,
  scope: TaskScope,
  calls: readonly ProposedCall[],
  { madeBy = null, said = [], conversation = null, opinions = null, ...more }: Proposing = {},
): Promise<Action[]> {
  const policy = deps.policy();
  const evidence = await evidenceFor(deps.store, policy, scope, said);
  const drafts = calls.map((call) => readCall(deps, call));
  const looked = drafts.flatMap((draft): Looked[] => [draft, ...draft.steps]);
  const repeatable = looked.filter(({ tool }) => tool && !tool.idempotent);
  const lookedAt = looked.filter(isLookedAt);
  const author = madeBy && { agent: deps.graphId, ...madeBy };
  const isHeard = lookedAt.length > 0 && conversation !== null;
  const [before, gateOf] = await Promise.all([
    deps.store.before(scope, {
      calls: repeatable.map(({ call, argsHash }) => ({ tool: call.tool, argsHash })),
      tools: [...new Set(lookedAt.map(({ call }) => call.tool))],
      answers: isHeard,
    }),
    gatesFor(deps.gates ?? null, scope.tenant, policy, author, drafts.flatMap(takable)),
  ]);
  const known = isHeard ? conversation(before.answers) : null;
  const unstaffed = deps.unstaffed?.(scope.tenant) ?? [];
  const { flags = [], isDraftedNext = false, asksNobody = false } = more;
  const flagsIn = (those: readonly Looked[]): Flag[][] => {
    const seen = new Set<string>();
    return those.map((one) => {
      const key = `${one.call.tool} ${one.argsHash}`;
      const repeats = repeatable.includes(one) && (before.claimed.has(key) || seen.has(key));
      seen.add(key);
      return [...(repeats ? [possibleRepeat] : []), ...seenIn(one, known, before, policy)];
    });
  };
  const flagged = flagsIn(drafts);
  const found = drafts.map((draft, index): FoundCall => {
    const [tool] = takable(draft);
    const gate = tool && gateOf(gatedCall(scope, tool, draft), before);
    const inSteps = flagsIn(draft.steps);
    return {
      read: draft,
      gate: gate ?? null,
      evidence,
      unstaffed,
      flags: [...flags, ...(flagged[index] ?? [])],
      steps: draft.steps.map(({ tool: of }, step) => judgedStep(of, inSteps[step] ?? [], unstaffed)),
    };
  });
  const heard = opinions ? await heardBy(opinions, policy, known, found) : found;
  const proposals = heard
    .map((one) => proposalOf(deps, scope, policy, one, isDraftedNext))
    .map((proposal) => (asksNobody ? { ...proposal, review: null } : proposal));
  const candidates = proposals.map(({ action, review }, index) => ({
    ...action,
    actionId: action.id,
    review,
    flags: heard[index]?.flags ?? [],
  }));
  const [useThem] = await Promise.all([
    deps.approvals && approvalsFor(deps.approvals, policy, scope, candidates),
    deps.store.propose(scope.tenant, proposals),
  ]);
  await useThem?.();
  return proposals.map(({ action }) => action);
}

export function actionIdOf(scope: TaskScope, call: ProposedCall): string {
  return actionId({ ...scope, messageId: call.messageId, callIndex: call.callIndex });
}

/** The hash a call will have once its tool has parsed it; of the raw arguments where no tool can. */
export function proposedHash(tools: ToolSet, call: ProposedCall): string {
  return parseCall(tools, call).argsHash;
}

const possibleRepeat: Reason = {
  rule: "possible-repeat",
  text: "The same call, with the same arguments, was already carried out or attempted in this conversation.",
};

/** A call that is made, or that a plan says will be. */
interface Looked extends ParsedCall {
  call: Pick<ProposedCall, "tool">;
  tool: HoldpointTool | undefined;
}

interface ReadCall extends Looked {
  call: ProposedCall;
  /** Of a plan that can be taken. */
  steps: Looked[];
}

function readCall({ tools }: ProposeDeps, call: ProposedCall): ReadCall {
  const tool = tools.get(call.tool);
  const parsed = parseCall(tools, call);
  const isPlan = tool?.asks === "plan" && !parsed.impossible;
  const steps = (isPlan ? stepsIn(parsed.args) : []).map((step: StepCall): Looked => {
    const { args, argsHash } = step;
    return { call: step, tool: tools.get(step.tool), args, argsHash, impossible: null };
  });
  return { call, tool, steps, ...parsed };
}

/** Its score, where it has one, is found out when it is called. */
function judgedStep(
  tool: HoldpointTool | undefined,
  flags: readonly Flag[],
  unstaffed: readonly string[],
): Judged {
  const declared = tool ? declaredBy(tool) : null;
  return { declared, flags, impossible: null, words: null, gate: null, unstaffed };
}

function gatedCall(scope: TaskScope, tool: HoldpointTool, { call, args }: ReadCall): GatedCall {
  return {
    tool,
    args,
    actionId: actionIdOf(scope, call),
    certainty: call.certainty ?? call.rationale?.confidence ?? null,
  };
}

/** Its tool, where that takes it. */
function takable({ tool, impossible }: ReadCall): HoldpointTool[] {
  return tool && !impossible ? [tool] : [];
}

/** What is known of a call beyond itself. */
interface FoundCall {
  read: ReadCall;
  evidence: EvidenceRead;
  flags: readonly Flag[];
  gate: Gate | null;
  unstaffed: readonly string[];
  steps: readonly Judged[];
}

/** The calls with what other models say of those that a score may let run. */
async function heardBy(
  opinions: Opinions,
  policy: Policy,
  conversation: Conversation | null,
  found: readonly FoundCall[],
): Promise<FoundCall[]> {
  const scored = found.flatMap((one): (Scored & { of: FoundCall })[] => {
    const [tool] = takable(one.read);
    if (!tool || !one.gate) return [];
    const judgedBy = (gate: Gate) => judge(policy, { ...one, gate }).assessment;
    return [{ of: one, call: { tool, args: one.read.args }, gate: one.gate, judgedBy }];
  });
  const gates = await heardGates(opinions, policy, scored, conversation);
  const heard = new Map(scored.map(({ of }, index) => [of, gates[index] ?? of.gate]));
  return found.map((one) => ({ ...one, gate: heard.get(one) ?? one.gate }));
}

function judge(
  policy: Policy,
  { read, evidence, flags, gate, unstaffed, steps }: FoundCall,
): { judged: Judged; assessment: RiskAssessment } {
  const { tool, impossible } = read;
  const words = policy.reads.words ? (evidence.words?.length ?? 0) : null;
  const judged: Judged = {
    declared: tool ? declaredBy(tool) : null,
    flags,
    impossible,
    words,
    gate,
    ...(unstaffed.length > 0 ? { unstaffed } : {}),
    ...(steps.length > 0 ? { steps } : {}),
  };
  return { judged, assessment: assessJudged(policy, callIn(read), judged, evidence) };
}

function callIn({ call, args, argsHash }: ReadCall): { tool: string; args: JsonObject; argsHash: string } {
  return { tool: call.tool, args, argsHash };
}

function proposalOf(
  deps: ProposeDeps,
  scope: TaskScope,
  policy: Policy,
  found: FoundCall,
  isDraftedNext: boolean,
): Proposal {
  const { read, evidence } = found;
  const { judged, assessment } = judge(policy, found);
  const action: Action = {
    id: actionIdOf(scope, read.call),
    tenant: scope.tenant,
    threadId: scope.threadId,
    graphId: deps.graphId,
    runId: scope.runId,
    messageId: read.call.messageId,
    callIndex: read.call.callIndex,
    callId: read.call.callId,
    ...callIn(read),
    assessment,
    rationale: read.call.rationale ?? null,
    requestedBy: scope.principal,
  };
  const review = reviewOf(deps, policy, action, read.tool, evidence.now, isDraftedNext);
  return { action, review, judged, asOf: evidence.asOf };
}

/**
 * The review that an action's assessment asks for; null where nobody has to look.
 * @param now by the database's clock, as for `rungOf`
 */
export function reviewOf(
  deps: Pick<ProposeDeps, "newId" | "tools">,
  policy: Policy,
  action: Action,
  tool: HoldpointTool | undefined,
  now: Date | null,
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
      return {
        id: deps.newId(),
        kind: tool?.asks ?? (action.tool === replyName ? "reply" : "review"),
        rung: rungOf(policy, tier ?? policy.defaultTier, now),
        title: titleOf(tool, action),
        draft: route === "draft" ? unwritten(policy, action, tool, isDraftedNext) : null,
        steps: action.assessment.steps ? titled(deps.tools, action, action.assessment.steps) : null,
      };
    }
  }
}

function titled(tools: ToolSet, { args }: Action, steps: readonly AssessedStep[]): PlanStep[] {
  const calls = stepsIn(args);
  return steps.map((step, index) => {
    const call = calls[index];
    return { ...step, title: call ? titleOf(tools.get(step.tool), call) : step.tool };
  });
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
