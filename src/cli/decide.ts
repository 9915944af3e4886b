// The commands that decide. Each looks at the review once, shows it, and decides on the arguments it has shown.
import { z } from "zod";
import type { DecisionRequest, Review, Stop } from "../http/contract.js";
import { jsonObjectSchema } from "../http/contract/route.js";
import { defineCommand, Refusal, UsageError } from "./command.js";
import { findReview } from "./find-review.js";
import { printable } from "./printable.js";
import { ageOf, reviewText, votesText } from "./review-text.js";
import { ServerProblem, serverAt, type Server } from "./server.js";
import type { Terminal } from "./terminal.js";
import { askForTarget } from "./typed-target.js";

export const approveCommand = defineCommand({
  name: "approve",
  usage: "ID [--answers JSON] [--target TEXT]",
  summary: "Release a held call, on exactly the arguments shown.",
  details: `  --answers  what you say to the questions that the rules ask: { "question": "text" }
  --target   of what is critical: what it is about, which is else asked for at the terminal

Exit code 1 where somebody decided before, the arguments have changed since, or a question is not answered.`,
  options: { answers: { type: "string" }, target: { type: "string" } },
  positionals: ["ID"],
  run: ({ answers, target }, terminal, id = "") =>
    decide(terminal, id, { type: "approve", ...answersIn(answers) }, target),
});

export const rejectCommand = defineCommand({
  name: "reject",
  usage: "ID --reason TEXT",
  summary: "Refuse a held call; the agent is told why.",
  details: "",
  options: { reason: { type: "string" } },
  positionals: ["ID"],
  run: ({ reason }, terminal, id = "") =>
    decide(terminal, id, { type: "reject", reason: given(reason, "--reason") }),
});

export const editCommand = defineCommand({
  name: "edit",
  usage: "ID --args JSON [--answers JSON] [--target TEXT]",
  summary: "Release a held call with other arguments; JSON is the whole of them.",
  details:
    "They are checked by the tool and by the policy like the agent's own. Where they ask for more authority than\nyours, the call goes on waiting, with the new arguments. Where it is critical with them, --target says what it is about.",
  options: { args: { type: "string" }, answers: { type: "string" }, target: { type: "string" } },
  positionals: ["ID"],
  run: ({ args, answers, target }, terminal, id = "") => {
    const edited = parseJson(given(args, "--args"), "--args");
    return decide(terminal, id, { type: "edit", args: edited, ...answersIn(answers) }, target);
  },
});

export const respondCommand = defineCommand({
  name: "respond",
  usage: "ID --message TEXT | --option LABEL [--message TEXT]",
  summary: "Answer what an agent asks; or a call in its tool's place, which then does not run.",
  details: "  --option  picks one of the options that the agent offers, by its label",
  options: { message: { type: "string" }, option: { type: "string" } },
  positionals: ["ID"],
  run: ({ message, option }, terminal, id = "") =>
    decide(terminal, id, {
      type: "respond",
      ...(option === undefined ? { message: given(message, "--message") } : { value: option }),
      ...(option === undefined || message === undefined ? {} : { message }),
    }),
});

export const settleCommand = defineCommand({
  name: "settle",
  usage: "ID --happened [--message TEXT] | --not-happened | --retry",
  summary: "Say what became of a call whose outcome is not known.",
  details: `  --happened      it did; --message is what came of it, for the agent
  --not-happened  it did not
  --retry         try it again: it may then happen twice`,
  options: {
    happened: { type: "boolean", default: false },
    "not-happened": { type: "boolean", default: false },
    retry: { type: "boolean", default: false },
    message: { type: "string" },
  },
  positionals: ["ID"],
  run(values, terminal, id = "") {
    const types = [
      ...(values.happened ? ["happened" as const] : []),
      ...(values["not-happened"] ? ["not_happened" as const] : []),
      ...(values.retry ? ["retry" as const] : []),
    ];
    const [type, another] = types;
    if (!type || another) throw new UsageError("Give one of --happened, --not-happened and --retry.");
    if (values.message !== undefined && type !== "happened")
      throw new UsageError("--message goes with --happened.");
    return decide(terminal, id, {
      type,
      ...(values.message === undefined ? {} : { message: values.message }),
    });
  },
});

type Answer = Omit<DecisionRequest, "argsHash">;

/** @param target what the caller says it is about, where that was given. */
async function decide(terminal: Terminal, id: string, answer: Answer, target?: string): Promise<number> {
  const server = serverAt(terminal);
  const review = await findReview(server, id);
  terminal.out(reviewText(review, new Date(), await server.events(review.id)));
  const isToRun = answer.type === "approve" || answer.type === "edit";
  const released = isToRun ? await releasedBy(server, review, answer) : null;
  if (released?.level === "critical") await askForTarget(terminal, released, target);
  const runs = runsWhen(review, isToRun ? await server.stops("standing") : []);
  try {
    const after = await server.decide(review.id, { ...answer, argsHash: review.argsHash });
    terminal.out(`\n${outcomeText(after, answer, runs)}\n`);
    return 0;
  } catch (error) {
    throw error instanceof ServerProblem ? (decidedBefore(error) ?? error) : error;
  }
}

/** What this answer would let go; null where it goes on to somebody else, who is asked then. */
async function releasedBy(
  server: Server,
  review: Review,
  { args }: Answer,
): Promise<Pick<Review, "args" | "tool" | "level"> | null> {
  const edited = jsonObjectSchema.safeParse(args);
  if (!edited.success) return review;
  const { level, mayDecide, faults, isForbidden } = await server.assess(review.id, edited.data);
  if (faults.length > 0 || isForbidden || !mayDecide) return null;
  return { args: edited.data, tool: review.tool, level };
}

/** In words: at once, or once it is stopped no more. */
function runsWhen({ graphId, tool }: Review, stops: readonly Stop[]): string {
  const stop = stops.find(({ kind, name }) => name === null || name === (kind === "agent" ? graphId : tool));
  return stop
    ? `It runs once the stop of ${printable(stop.by.id)} is lifted (${printable(stop.why)}).`
    : "It runs now.";
}

function outcomeText(review: Review, answer: Answer, runs: string): string {
  const waits = review.status === "open" || review.status === "claimed";
  if (waits && review.votes && answer.type !== "edit")
    return `Your vote is recorded. It still waits: ${votesText(review.votes)}, and ${review.panel.quorum} have to approve.`;
  if (waits) return `Recorded. It still waits: tier ${printable(review.tier)}, hash ${review.argsHash}.`;
  switch (answer.type) {
    case "approve":
      return review.kind === "plan"
        ? "Approved. The agent is told, and makes the calls itself."
        : `Approved. ${runs}`;
    case "edit":
      return `Approved with the arguments you gave, hash ${review.decision?.argsHash ?? review.argsHash}. ${runs}`;
    case "reject":
      return "Rejected. It does not run, and the agent is told.";
    case "respond":
      return review.kind === "review"
        ? "Answered. It does not run, and the agent is told what you wrote."
        : "Answered. It is told so, and goes on with it.";
    case "happened":
      return "Settled: it happened.";
    case "not_happened":
      return "Settled: it did not happen.";
    case "retry":
      return "Settled: it is tried again.";
  }
}

/** Who was faster, where the problem names them. */
function decidedBefore({ problem }: ServerProblem): Refusal | null {
  const { code, decidedBy, decidedAt, decision } = problem;
  if (code !== "review_already_decided" || typeof decidedBy !== "string" || typeof decidedAt !== "string")
    return null;
  const what = typeof decision === "string" ? `: ${decision}` : "";
  const ago = ageOf(decidedAt, new Date());
  return new Refusal(
    `\nAlready decided by ${decidedBy} at ${decidedAt}, ${ago} ago${what}. That stands; yours changed nothing.`,
  );
}

function given(value: string | undefined, option: string): string {
  if (value === undefined || value.trim() === "") throw new UsageError(`${option} is missing.`);
  return value;
}

const answersSchema = z.record(z.string(), z.string());

function answersIn(text: string | undefined): Pick<Answer, "answers"> {
  if (text === undefined) return {};
  const parsed = answersSchema.safeParse(parseJson(text, "--answers"));
  if (!parsed.success) throw new UsageError('--answers takes an object of texts: { "question": "text" }.');
  return { answers: parsed.data };
}

function parseJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${option} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
