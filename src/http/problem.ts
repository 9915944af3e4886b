// Every refusal and fault as RFC 9457 tells it. A fault of ours says nothing of its inside; the log has that.
import { randomUUID } from "node:crypto";
import type { Problem } from "./contract/problem.js";
import { errorCodes, HoldpointError, isHoldpointError, messageOf, type ErrorCode } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";

export const statusByCode = {
  access_forbidden: 403,
  access_invalid: 500,
  agent_not_served: 422,
  agent_silent: 502,
  already_voted: 409,
  answer_not_allowed: 422,
  approval_over: 409,
  args_invalid: 422,
  args_not_json: 422,
  assistant_exists: 409,
  batch_closed: 409,
  batch_forbidden: 422,
  claim_taken_over: 409,
  credentials_invalid: 401,
  credentials_missing: 401,
  database_unavailable: 503,
  decision_forbidden: 403,
  decision_stale: 409,
  draft_changed: 409,
  draft_incomplete: 422,
  edit_refused: 422,
  extension_refused: 409,
  hand_on_refused: 422,
  input_invalid: 422,
  internal: 500,
  issuer_unreachable: 503,
  method_not_allowed: 405,
  not_found: 404,
  options_invalid: 500,
  over_limit: 403,
  policy_forbids: 422,
  policy_invalid: 422,
  port_taken: 500,
  postgres_start_failed: 503,
  questions_unanswered: 422,
  rate_limited: 429,
  request_forbidden: 403,
  request_invalid: 422,
  request_not_json: 400,
  request_too_large: 413,
  review_already_decided: 409,
  review_claimed: 409,
  review_expired: 409,
  run_failed: 500,
  run_fenced: 409,
  sample_unopened: 422,
  stop_lifted: 409,
  stopped: 503,
  thread_busy: 409,
  thread_exists: 409,
  thread_has_open_holds: 409,
  thread_not_taken_over: 409,
  thread_taken_over: 409,
  tool_invalid: 500,
  undo_too_late: 409,
  unsafe_exposure: 500,
  unsupported: 422,
} as const satisfies Record<ErrorCode, number>;

const retryAfterSeconds = 2;

/** Answers with what went wrong. What is no refusal but a fault is written to the log. */
export function problemResponse(error: unknown, log: Log): Response {
  return respond(problemOf(error, log));
}

/** For the time before there is anything to ask. */
export function startingResponse(): Response {
  return respond(
    problemFrom(new HoldpointError("database_unavailable", "The server is starting. Try again shortly.")),
  );
}

function respond(problem: Problem): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      ...(problem.status === 503 ? { "retry-after": String(retryAfterSeconds) } : {}),
      ...(problem.status === 401 ? { "www-authenticate": challengeOf(problem) } : {}),
      ...(problem.status === 429 ? { "retry-after": String(problem["retryAfterSeconds"]) } : {}),
      ...(problem.code === "method_not_allowed" ? { allow: String(problem["allowed"]) } : {}),
    },
  });
}

/** RFC 6750: why is said to who sent a token, and not to who sent none. A header takes ASCII without quotes. */
function challengeOf({ code, detail }: Problem): string {
  const why = `, error="invalid_token", error_description="${detail.replaceAll(/[^ !#-[\]-~]/g, "'")}"`;
  return `Bearer realm="holdpoint"${code === "credentials_missing" ? "" : why}`;
}

export function problemOf(error: unknown, log: Log): Problem {
  return problemFrom(isHoldpointError(error) ? shown(error, log) : hidden(error, log));
}

function problemFrom({ code, message, details }: HoldpointError): Problem {
  return {
    // First, so that no detail can take the place of a standard member.
    ...details,
    type: `urn:holdpoint:problem:${code}`,
    title: errorCodes[code],
    status: statusByCode[code],
    detail: message,
    code,
  };
}

function shown(error: HoldpointError, log: Log): HoldpointError {
  if (error.code === "agent_silent" && error.cause !== undefined)
    log.warn("an agent that was asked did not answer", { error: messageOf(error.cause) });
  if (error.code !== "database_unavailable") return error;
  // Its text names hosts and ports.
  log.error("the database cannot be reached", { error: messageOf(error) });
  return new HoldpointError(
    "database_unavailable",
    "The database cannot be reached at the moment. Try again shortly.",
  );
}

function hidden(error: unknown, log: Log): HoldpointError {
  const errorId = randomUUID();
  log.error("a request failed", {
    errorId,
    error: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return new HoldpointError(
    "internal",
    `Something broke that should not. The server's log has it under ${errorId}.`,
    {
      details: { errorId },
    },
  );
}
