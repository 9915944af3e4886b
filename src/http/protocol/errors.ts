// What is refused, in the protocol's form. Its clients read an answer only where the status is 200, so it is; our own
// problem goes along whole.
import type { ErrorCode } from "../../kernel/errors.js";
import { isHoldpointError } from "../../kernel/errors.js";
import type { Log } from "../../kernel/log.js";
import type { CommandAnswer, ProtocolErrorCode } from "../contract/protocol.js";
import { problemOf } from "../problem.js";

const protocolCodes = {
  access_forbidden: "permission_denied",
  access_invalid: "unknown_error",
  agent_not_served: "invalid_argument",
  agent_silent: "unknown_error",
  already_voted: "invalid_argument",
  answer_not_allowed: "invalid_argument",
  approval_over: "invalid_argument",
  args_invalid: "invalid_argument",
  args_not_json: "invalid_argument",
  assistant_exists: "invalid_argument",
  batch_closed: "invalid_argument",
  batch_forbidden: "invalid_argument",
  claim_taken_over: "unknown_error",
  credentials_invalid: "permission_denied",
  credentials_missing: "permission_denied",
  database_unavailable: "unknown_error",
  decision_forbidden: "permission_denied",
  decision_stale: "no_such_interrupt",
  draft_changed: "invalid_argument",
  draft_incomplete: "invalid_argument",
  edit_refused: "permission_denied",
  extension_refused: "invalid_argument",
  hand_on_refused: "invalid_argument",
  input_invalid: "invalid_argument",
  internal: "unknown_error",
  issuer_unreachable: "unknown_error",
  method_not_allowed: "invalid_argument",
  not_found: "invalid_argument",
  options_invalid: "unknown_error",
  over_limit: "permission_denied",
  policy_forbids: "permission_denied",
  policy_invalid: "unknown_error",
  port_taken: "unknown_error",
  postgres_start_failed: "unknown_error",
  questions_unanswered: "invalid_argument",
  rate_limited: "unknown_error",
  request_forbidden: "permission_denied",
  request_invalid: "invalid_argument",
  request_not_json: "invalid_argument",
  request_too_large: "invalid_argument",
  review_already_decided: "no_such_interrupt",
  review_claimed: "no_such_interrupt",
  review_expired: "no_such_interrupt",
  run_failed: "unknown_error",
  run_fenced: "unknown_error",
  sample_unopened: "invalid_argument",
  stop_lifted: "invalid_argument",
  stopped: "unknown_error",
  thread_busy: "invalid_argument",
  thread_exists: "invalid_argument",
  thread_has_open_holds: "invalid_argument",
  thread_not_taken_over: "invalid_argument",
  thread_taken_over: "invalid_argument",
  tool_invalid: "unknown_error",
  undo_too_late: "no_such_interrupt",
  unsafe_exposure: "unknown_error",
  unsupported: "not_supported",
} as const satisfies Record<ErrorCode, ProtocolErrorCode>;

/** @param means what the protocol calls it, where that does not follow from our code. */
export function errorAnswer(
  id: number | null,
  error: unknown,
  log: Log,
  means?: ProtocolErrorCode,
): CommandAnswer {
  const problem = problemOf(error, log);
  return {
    type: "error",
    id,
    error: means ?? protocolCodes[problem.code as ErrorCode],
    message: problem.detail,
    problem,
  };
}

/** Nothing of that id waits: `pending` names what does. */
export function namesNothingThatWaits(error: unknown): boolean {
  return isHoldpointError(error, "request_invalid") && "pending" in error.details;
}
