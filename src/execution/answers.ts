// What the model is told of a call that is over, in words that small models read rightly.
import { replyName } from "../policies/about-answers.js";
import type { Reason } from "../policies/words.js";
import type { Action, Execution, Review } from "../review/types.js";
import { stepsIn } from "../review/parse-call.js";
import { replyIn } from "../review/reply.js";

export interface Answered {
  kind: "answered";
  status: "success" | "error";
  text: string;
}

/** Of an execution that has ended, one way or the other. */
export function ran(action: Action, { state, args, argsHash, result, error }: Execution): Answered {
  if (state !== "succeeded") return answer("error", `The tool failed: ${error ?? "no reason given"}`);
  const edited =
    argsHash === action.argsHash || action.tool === replyName
      ? ""
      : `${changedIn(action)} before releasing this call. It ran with: ${JSON.stringify(args)}\n`;
  return answer("success", `${edited}${result ?? ""}`);
}

/** What the agent itself put into blocks nobody else need have changed. */
function changedIn({ assessment }: Action): string {
  return assessment.route === "draft"
    ? "Its words were put into blocks, and a person finished them"
    : "A person changed the arguments";
}

/** Of a review that is closed, where it did not release the tool; null where it did. */
export function endedWithoutRunning(review: Review): Answered | null {
  const { decision, status, title, kind } = review;
  if (kind === "ask" || kind === "handover") return replied(kind, review);
  if (kind === "plan") return planned(review);
  if (kind === "reply") return unreleased(review);
  // Closed without its hold, a decision releases nothing any more.
  if (status === "expired") return notRun(`${title}: ${silenceIn(review)}`);
  if (!decision || status === "superseded") return notRun(`${title}: the request was withdrawn (${status}).`);
  switch (decision.type) {
    case "approve":
    case "edit":
      return null;
    case "reject": {
      const why = (decision.reason ?? decision.message)?.trim();
      return notRun(`A person rejected this call${why ? `: ${why}` : ""}`);
    }
    case "respond":
      return answer(
        "success",
        `A person answered in the tool's place; the tool did not run. ${decision.message ?? ""}`,
      );
    case "happened":
    case "not_happened":
    case "retry":
      throw new Error(`Review ${review.id} asks for a release and carries the answer "${decision.type}".`);
  }
}

/** Where several decide some may have said something, which came to nothing. */
function silenceIn({ votes }: Review): string {
  if (votes.length === 0) return "nobody decided before the deadline, so it is refused. No person said no";
  return votes.some(({ type }) => type === "reject")
    ? "too few people agreed before the deadline, so it is refused"
    : "too few people agreed before the deadline, so it is refused. No person said no";
}

/**
 * Of an answer that nobody has read. Where nobody was there to release it, another one would wait as long; and where it was
 * withdrawn for what was said since, another one would stand in its way again.
 */
function unreleased({ decision, status }: Review): Answered | null {
  if (status === "expired")
    return answer("success", "An answer was written, and nobody released it in time.");
  if (!decision || status === "superseded")
    return answer("success", "An answer was written, and withdrawn before anybody released it.");
  if (decision.type !== "reject") return null;
  const why = decision.reason?.trim();
  return answer(
    "error",
    `A person did not release this answer${why ? `: ${sentence(why)}` : "."} Nobody has read it. Write another one that heeds this.`,
  );
}

/** Of several calls that the agent put before a person. It makes them itself, and each is looked at as ever. */
function planned({ id, status, decision, args, steps }: Review): Answered {
  if (!decision || status === "expired" || status === "superseded")
    return answer(
      "error",
      `Nobody decided this plan${status === "expired" ? " before the deadline" : ""}: it is ${status}, and none of its steps was approved. No person said no. ${notAgain}`,
    );
  switch (decision.type) {
    case "approve": {
      const calls = stepsIn(args).map(
        ({ tool, args: given }, index) =>
          `${index + 1}. ${tool} ${JSON.stringify(given)}${steps?.[index]?.passes === "by-itself" ? " (a person is asked about this one by itself)" : ""}`,
      );
      return answer(
        "success",
        `A person approved this plan. Nothing of it has run yet. Make these calls now, each once and with exactly these arguments; with any others a person is asked again.\n${calls.join("\n")}`,
      );
    }
    case "reject": {
      const why = (decision.reason ?? decision.message)?.trim();
      return answer(
        "error",
        `A person rejected this plan${why ? `: ${sentence(why)}` : "."} None of its steps was carried out. Do not carry them out unless you are asked to; propose another plan only if this says how.`,
      );
    }
    case "edit":
    case "respond":
    case "happened":
    case "not_happened":
    case "retry":
      throw new Error(`Review ${id} is of a plan and carries the answer "${decision.type}".`);
  }
}

/** Of a question that the agent asked a person. */
function replied(kind: "ask" | "handover", { id, status, decision }: Review): Answered {
  if (!decision || status === "expired" || status === "superseded") {
    return answer(
      "error",
      `Nobody answered${status === "expired" ? " before the deadline" : ""}: the question is ${status}. Do not guess what the answer would have been. ${notAgain}`,
    );
  }
  if (decision.type !== "respond")
    throw new Error(`Review ${id} asks for an answer and carries "${decision.type}".`);
  const { picked, words } = replyIn(decision);
  if (picked === null) return answer("success", `${replyBegins[kind]} ${words ?? ""}`);
  return answer("success", `A person decided: ${picked}${words === null ? "" : `\nThey add: ${words}`}`);
}

const replyBegins: Readonly<Record<"ask" | "handover", string>> = {
  ask: "A person answered:",
  handover: "A person read what you handed over, and says how to go on:",
};

export function refused({ assessment: { reasons } }: Action): Answered {
  const said = `Refused: ${inWords(reasons)}`;
  if (!reasons.every(({ rule }) => miswritten.has(rule))) return notRun(said);
  return answer("error", `${said} It was not executed. Correct the call if it is still needed.`);
}

// What was only written wrongly may be written again; what is forbidden may not.
const miswritten = new Set(["unknown-tool", "arguments-unreadable", "arguments-invalid"]);

/** By another policy; or by the same one, for what it reads has changed. */
export function forbiddenMeanwhile(reasons: readonly Reason[], byAnother: boolean): Answered {
  return notRun(
    byAnother
      ? `The policy was changed meanwhile and now forbids this call: ${inWords(reasons)}`
      : `What was known when it was proposed has changed, and the policy now forbids this call: ${inWords(reasons)}`,
  );
}

export function toolIsGone(tool: string): Answered {
  return notRun(`The tool ${tool} no longer exists in this version of the agent.`);
}

/** Said plainly, because small models read a bare "rejected" as an invitation to try again. */
export function notRun(what: string): Answered {
  return answer("error", `${sentence(what)} It was not executed. ${notAgain}`);
}

export const notAgain = "Do not repeat it unless you are asked to.";

export function answer(status: Answered["status"], text: string): Answered {
  return { kind: "answered", status, text };
}

function inWords(reasons: readonly Reason[]): string {
  return reasons.map(({ text }) => sentence(text)).join(" ");
}

/** People and rules end their reasons with a full stop or without; what follows must not run on. */
function sentence(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?…。！？]["'”’»)\]]*$/u.test(trimmed) ? trimmed : `${trimmed}.`;
}
