/**
 * Every error a user can meet, by its literal code. Codes are the contract: tests assert them, HTTP maps them
 * to a status (`http/problem.ts`), and people search for them. Texts say what was seen, why it matters, what to do.
 */
export type ErrorCode = keyof typeof errorCodes;

export const errorCodes = {
  access_forbidden: "the caller has no role for this",
  access_invalid: "the access file is wrong",
  agent_not_served: "this server does not serve that agent",
  agent_silent: "the agent was asked and gave no answer",
  already_voted: "this person has voted on it already",
  answer_not_allowed: "this review cannot be answered that way",
  approval_over: "that standing approval is revoked or over",
  args_invalid: "the arguments do not fit the tool's schema",
  args_not_json: "the arguments are not plain JSON",
  assistant_exists: "there is an assistant of this id already",
  batch_closed: "what stood together was decided or taken apart already",
  batch_forbidden: "these may not be decided together",
  claim_taken_over: "another process took this execution over",
  credentials_invalid: "the key or token is not taken",
  credentials_missing: "nobody is named by the request",
  database_unavailable: "the database cannot be reached",
  decision_forbidden: "the caller may not decide this review",
  decision_stale: "the decision was made on other arguments than the ones that wait",
  draft_changed: "that part of the draft was changed meanwhile",
  draft_incomplete: "something in the draft is still open",
  edit_refused: "the edited arguments are forbidden by policy",
  extension_refused: "the policy gives no more time",
  hand_on_refused: "the review cannot go on to there",
  input_invalid: "the input is not a list of user messages",
  internal: "something broke that should not",
  issuer_unreachable: "the identity provider cannot be reached",
  method_not_allowed: "that cannot be done here in this way",
  not_found: "no such thing",
  options_invalid: "the options are wrong",
  over_limit: "it is more than the caller may release",
  policy_forbids: "the policy in force forbids the call",
  policy_invalid: "the policy file is wrong",
  port_taken: "the port is in use",
  postgres_start_failed: "the embedded Postgres did not start",
  questions_unanswered: "the rules ask what was not answered",
  rate_limited: "too many requests",
  request_forbidden: "the request comes from a place that may not send it",
  request_invalid: "the request has the wrong shape",
  request_not_json: "the request is not JSON",
  request_too_large: "the request is too large",
  review_already_decided: "somebody decided this review already",
  review_claimed: "somebody else has this review",
  review_expired: "nobody decided this review in time",
  run_fenced: "another run took this thread over",
  run_failed: "the run ended with an error",
  sample_unopened: "a sample of a batch has to be looked at before it is decided",
  stop_lifted: "somebody lifted this stop already",
  stopped: "this agent was stopped",
  thread_busy: "another run of this thread is under way",
  thread_exists: "there is a thread of this id already",
  thread_has_open_holds: "actions of this thread wait for a decision",
  thread_not_taken_over: "the caller does not lead this conversation",
  thread_taken_over: "somebody else leads this conversation",
  tool_invalid: "the tool is declared wrongly",
  undo_too_late: "the decision can no longer be taken back",
  unsafe_exposure: "listening beyond loopback needs authentication",
  unsupported: "not supported",
} as const;

/** A broken promise or a refused request. `details` carries the ids a caller needs to go on. */
export class HoldpointError extends Error {
  override readonly name = "HoldpointError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
  }

  readonly details: Readonly<Record<string, unknown>>;
}

export function isHoldpointError(error: unknown, code?: ErrorCode): error is HoldpointError {
  return error instanceof HoldpointError && (code === undefined || error.code === code);
}

/** What a thrown value says, whatever it is: tools and models throw strings, nulls and objects too. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  if (typeof thrown === "string") return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}
