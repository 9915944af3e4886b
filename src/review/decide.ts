// Deciding: an answer passes every check, then wins or loses against all others in one guarded statement.
import { HoldpointError, type ErrorCode } from "../kernel/errors.js";
import { hashJson, parseJsonValue, type JsonObject } from "../kernel/json.js";
import { faultsIn } from "../tools/json-schema.js";
import { callerRole, holdsRole, type Principal } from "../kernel/principal.js";
import { highestTier, rolesOf, type Policy } from "../policies/policy.js";
import { worseLevel, type Reason, type RiskAssessment } from "../policies/words.js";
import type { HoldpointTool } from "../tools/tool.js";
import { assessNow } from "./assess-now.js";
import type { NewId } from "../kernel/ids.js";
import type { ToolSet } from "../tools/tool-set.js";
import { titleOf } from "./propose.js";
import { replyTo } from "./reply.js";
import type { Resumption } from "./resumption.js";
import type { ReviewStore } from "./store.js";
import { answersByKind, type Decision, type DecisionType, type Review, type ReviewKind } from "./types.js";

/** What a person answered, as it comes through a door. */
export interface Answer {
  type: DecisionType;
  /** The hash of the arguments that were before the reviewer. A decision on others is refused. */
  argsHash: string;
  /** With `edit`: the whole new arguments. */
  args?: unknown;
  reason?: string;
  /** With `respond`: what the agent is told. With `happened`: what came of it. */
  message?: string;
  /**
   * With `respond` to a graph's question: what its `interrupt()` returns. A message alone is taken for it. To an agent's:
   * the label of the option that is picked.
   */
  value?: unknown;
  /** A repeat with the same key gets the first answer back instead of "already decided". */
  idempotencyKey?: string;
}

export type DecideResult = { ok: true; review: Review } | { ok: false; error: HoldpointError };

export interface DecideDeps {
  store: ReviewStore;
  newId: NewId;
  resumption: Resumption;
  /** What can judge the calls of an agent; null where this process does not serve it. */
  agentOf(graphId: string): Judge | null;
}

/** An answer to a review as it stood when it was looked at. */
interface Asked {
  by: Principal;
  review: Review;
  answer: Answer;
}

/** An agent, as far as releasing its calls asks for it. */
export interface Judge {
  tools: Pick<ToolSet, "get">;
  policy(): Policy;
}

/** By which door an answer came: the review's own, or that of the thread it stands in, which its caller reaches. */
export type Door = "review" | "thread";

export async function decide(
  deps: DecideDeps,
  by: Principal,
  reviewId: string,
  answer: Answer,
  door: Door = "review",
): Promise<DecideResult> {
  const review = await deps.store.find(by.tenant, reviewId);
  if (!review) return refuse("not_found", `There is no review ${reviewId}.`, { reviewId });
  if (answer.idempotencyKey !== undefined) {
    const earlier = await deps.store.decisionByKey(by.tenant, reviewId, answer.idempotencyKey);
    if (earlier && isRepeat(earlier, by, answer)) return { ok: true, review };
  }
  const objection = objectionTo(review, by, answer, door);
  if (objection) return objection;
  const asked = { by, review, answer };
  switch (answer.type) {
    case "edit":
    case "approve":
      return decideRelease(deps, asked);
    case "respond":
      return decideAnswer(deps, asked);
    case "reject":
    case "happened":
    case "not_happened":
    case "retry":
      return record(deps, asked, review);
  }
}

/** A key repeats its own answer; it makes nobody else's, and no other answer, into that one. */
function isRepeat(earlier: Decision, by: Principal, answer: Answer): boolean {
  return (
    earlier.decidedBy.id === by.id && earlier.type === answer.type && earlier.seenHash === answer.argsHash
  );
}

function objectionTo(review: Review, by: Principal, answer: Answer, door: Door): DecideResult | null {
  if (review.status !== "open" && review.status !== "claimed") return tooLate(review);
  const allowed: readonly DecisionType[] = answersByKind[review.kind];
  if (!allowed.includes(answer.type)) {
    const why = whyOnly[review.kind] ?? "";
    return refuse(
      "answer_not_allowed",
      `This review cannot be answered with "${answer.type}". ${why}Answer with one of: ${allowed.join(", ")}.`,
      { allowed },
    );
  }
  if (!mayAnswer(by, review, door)) return forbidden(by, review);
  if (answer.argsHash !== review.argsHash) return stale(review);
  if (answer.type === "respond" && review.kind === "review" && !answer.message?.trim()) {
    return refuse(
      "request_invalid",
      "An answer in the tool's stead needs a message: it is what the agent is told.",
    );
  }
  return null;
}

const whyOnly: Partial<Record<ReviewKind, string>> = {
  settle: "It was attempted, and the question is whether it happened. ",
  ask: "The agent asks, and nothing waits to be run. ",
  handover: "The agent hands over, and nothing waits to be run. ",
};

function mayAnswer(by: Principal, { kind, roles }: Review, door: Door): boolean {
  if (door === "thread" && kind === "question" && roles.includes(callerRole)) return true;
  return by.kind !== "agent" && holdsRole(by, roles);
}

async function decideRelease(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const agent = deps.agentOf(review.graphId);
  if (!agent) {
    return refuse(
      "agent_not_served",
      `This server does not serve the agent "${review.graphId}", and cannot judge its calls. Decide at one that does, or reject it here.`,
      { graphId: review.graphId },
    );
  }
  const tool = agent.tools.get(review.tool);
  if (!tool) {
    // Without its tool a call cannot run whatever is decided; the agent is then told so.
    if (answer.type !== "edit") return record(deps, asked, review);
    return refuse(
      "edit_refused",
      `The tool ${review.tool} no longer exists, so nothing can check the edit. Reject it instead.`,
    );
  }
  // Edited arguments are parsed by the same tool; what is parsed is a call like any other.
  const args = answer.type === "edit" ? read(() => tool.parseArgs(answer.args)) : taken(review.args);
  return args.ok ? release(deps, asked, agent.policy(), tool, args.value) : args;
}

async function decideAnswer(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review } = asked;
  const { kind } = review;
  switch (kind) {
    case "question":
      return decideQuestion(deps, asked);
    case "ask":
    case "handover":
      return decideAsked(deps, asked);
    case "review":
    case "settle":
      return record(deps, asked, review);
  }
}

async function decideAsked(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const reply = read(() => replyTo(review, answer));
  if (!reply.ok) return reply;
  const { picked, words } = reply.value;
  const args: JsonObject = picked === null ? {} : { picked };
  const { message: _, ...rest } = answer;
  const said = { ...rest, ...(words === null ? {} : { message: words }) };
  return record(deps, { ...asked, answer: said }, { args, argsHash: hashJson(args) });
}

/** The answer is checked now: a graph that gets one it cannot read is left in an error. */
async function decideQuestion(deps: DecideDeps, asked: Asked): Promise<DecideResult> {
  const { review, answer } = asked;
  const given = answer.value === undefined ? answer.message : answer.value;
  if (given === undefined) {
    return refuse("request_invalid", "An answer to a question needs a value: it is what the graph is given.");
  }
  const json = read(() => parseJsonValue(given));
  if (!json.ok) return json;
  const schema = review.interrupt?.answerSchema;
  const faults = schema ? faultsIn(schema, json.value) : null;
  if (faults !== null) {
    return refuse("args_invalid", `The answer does not fit what the graph asks for: ${faults}`, { schema });
  }
  const args = { value: json.value };
  return record(deps, asked, { args, argsHash: hashJson(args) });
}

type Read<T> = { ok: true; value: T } | { ok: false; error: HoldpointError };

const taken = <T>(value: T): Read<T> => ({ ok: true, value });

/** What a person gave, or why it cannot be taken. Other faults are not theirs, and are thrown. */
function read<T>(parse: () => T): Read<T> {
  try {
    return taken(parse());
  } catch (error) {
    if (error instanceof HoldpointError) return { ok: false, error };
    throw error;
  }
}

/**
 * A release is measured by the policy in force now, which may have become stricter since the call was proposed. It
 * never needs less authority than before; where it needs more than the caller has, the review goes on to who has it.
 */
async function release(
  deps: DecideDeps,
  asked: Asked,
  policy: Policy,
  tool: HoldpointTool,
  args: JsonObject,
): Promise<DecideResult> {
  const { by, review, answer } = asked;
  const assessment = assessNow(policy, tool, args);
  const isEdit = answer.type === "edit";
  if (assessment.route === "refuse") {
    const reasons = assessment.reasons.map(({ text }) => text).join(" ");
    return refuse(
      isEdit ? "edit_refused" : "policy_forbids",
      `Policy forbids the ${isEdit ? "edited " : ""}call: ${reasons} The review still waits, unchanged.`,
      { reasons: assessment.reasons },
    );
  }
  const { tier, roles } = authorityFor(policy, review, assessment);
  if (holdsRole(by, roles)) return record(deps, asked, { args, argsHash: assessment.argsHash });

  const amended = await deps.store.amend(by.tenant, {
    reviewId: review.id,
    seenHash: review.argsHash,
    version: review.version,
    args,
    argsHash: assessment.argsHash,
    level: isEdit ? assessment.level : worseLevel(review.level, assessment.level),
    tier,
    roles,
    title: titleOf(tool, { tool: tool.name, args }),
    reasons: isEdit ? assessment.reasons : joined(review.reasons, assessment.reasons),
    // Only who changed the call asks for another one.
    requestedBy: isEdit ? by : review.requestedBy,
  });
  if (!amended) return lost(deps, asked);
  await deps.resumption.resume(amended);
  return isEdit ? { ok: true, review: amended } : forbidden(by, amended);
}

function authorityFor(
  policy: Policy,
  review: Review,
  assessment: RiskAssessment,
): { tier: string; roles: string[] } {
  // A tier that the policy no longer has stands on no rung, so nothing is known to be above it.
  const isKnown = policy.tiers.some(({ name }) => name === review.tier);
  const tier = isKnown ? highestTier(policy, [review.tier, assessment.tier ?? review.tier]) : review.tier;
  return { tier, roles: tier === review.tier ? review.roles : [...rolesOf(policy, tier)] };
}

function joined(before: readonly Reason[], now: readonly Reason[]): Reason[] {
  const added = now.filter(({ rule }) => !before.some((reason) => reason.rule === rule));
  return [...before, ...added];
}

async function record(
  deps: DecideDeps,
  asked: Asked,
  decided: { args: JsonObject; argsHash: string },
): Promise<DecideResult> {
  const { by, review, answer } = asked;
  const decidedReview = await deps.store.decide(by.tenant, {
    id: deps.newId(),
    reviewId: review.id,
    type: answer.type,
    args: decided.args,
    argsHash: decided.argsHash,
    seenHash: answer.argsHash,
    version: review.version,
    reason: answer.reason ?? null,
    message: answer.message ?? null,
    decidedBy: by,
    idempotencyKey: answer.idempotencyKey ?? null,
  });
  return decidedReview ? goOn(deps, decidedReview) : lost(deps, asked);
}

async function goOn(deps: DecideDeps, review: Review): Promise<DecideResult> {
  await deps.resumption.resume(review);
  return { ok: true, review };
}

/** Somebody was faster between our look and our statement: say who, or what changed. */
async function lost(deps: DecideDeps, { by, review, answer }: Asked): Promise<DecideResult> {
  const now = await deps.store.find(by.tenant, review.id);
  if (!now) return refuse("not_found", `There is no review ${review.id}.`, { reviewId: review.id });
  if (answer.idempotencyKey !== undefined) {
    const earlier = await deps.store.decisionByKey(by.tenant, review.id, answer.idempotencyKey);
    if (earlier && isRepeat(earlier, by, answer)) return { ok: true, review: now };
  }
  return now.status === "open" || now.status === "claimed" ? stale(now) : tooLate(now);
}

function tooLate(review: Review): DecideResult {
  const { decision } = review;
  if (!decision) {
    return refuse("review_already_decided", `This review is ${review.status}; it can no longer be decided.`, {
      reviewId: review.id,
      status: review.status,
    });
  }
  const at = decision.decidedAt.toISOString();
  return refuse(
    "review_already_decided",
    `${decision.decidedBy.id} decided this review at ${at}: ${decision.type}. The first decision stands; yours changed nothing.`,
    { reviewId: review.id, decidedBy: decision.decidedBy.id, decidedAt: at, decision: decision.type },
  );
}

function forbidden(by: Principal, { tier, roles }: Review): DecideResult {
  return refuse(
    "decision_forbidden",
    by.kind === "agent"
      ? `${by.id} is an agent, and agents decide nothing, whatever their roles.`
      : `${by.id} may not decide this: tier "${tier}" asks for one of the roles ${roles.join(", ")}.`,
    { tier, roles },
  );
}

function stale(review: Review): DecideResult {
  return refuse(
    "decision_stale",
    "What waits is not what this decision was made on: it was changed since. Look again, then decide.",
    { reviewId: review.id, argsHash: review.argsHash },
  );
}

function refuse(code: ErrorCode, message: string, details: Record<string, unknown> = {}): DecideResult {
  return { ok: false, error: new HoldpointError(code, message, { details }) };
}
