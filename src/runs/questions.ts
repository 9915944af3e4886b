// The interrupts of a graph that knows nothing of Holdpoint, as questions to people: opened when a run has stopped at
// them, answered by a decision, and handed to the graph by the next run.
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StateSnapshot } from "@langchain/langgraph";
import { messageOf } from "../kernel/errors.js";
import { parseJsonValue, hashJson, isJsonObject, type Json, type JsonObject } from "../kernel/json.js";
import type { NewId } from "../kernel/ids.js";
import { isHold } from "../review/hold.js";
import type { NewQuestion, ReviewStore } from "../review/store.js";
import type { Review } from "../review/types.js";
import { storableJson } from "../storage/execution-rows.js";
import type { FencedSaver } from "../storage/fenced-saver.js";
import type { Run } from "../storage/run-rows.js";
import { wireText } from "./wire.js";

/** An interrupt that waits in the state of a thread. */
export interface PendingQuestion {
  interruptId: string;
  /** How many answers its task has had before. */
  nth: number;
  node: string;
  value: unknown;
  argsHash: string;
  args: JsonObject;
  answerSchema: JsonObject | null;
}

/** The interrupts of a state, but for holds. */
export async function pendingQuestions(
  saver: FencedSaver,
  config: RunnableConfig,
  state: StateSnapshot,
): Promise<PendingQuestion[]> {
  const asking = state.tasks.filter(({ interrupts }) => interrupts.length > 0);
  if (asking.length === 0) return [];
  const answered = await saver.answersBefore(config, asking);
  return asking.flatMap((task) =>
    task.interrupts.flatMap((interrupt): PendingQuestion[] => {
      const { id, value, response_schema: schema } = interrupt as Interrupt;
      if (id === undefined || isHold(value)) return [];
      const args = { value: storableValue(value) };
      return [
        {
          interruptId: id,
          nth: answered.get(id) ?? 0,
          node: task.name,
          value,
          args,
          argsHash: hashJson(args),
          answerSchema: isJsonObject(schema) ? schema : null,
        },
      ];
    }),
  );
}

interface Interrupt {
  id?: string;
  value?: unknown;
  response_schema?: unknown;
}

/** The answers that were decided for what waits: what each interrupt is resumed with, and which reviews that fulfils. */
export function answersTo(
  pending: readonly PendingQuestion[],
  questions: readonly Review[],
): { resume: Record<string, unknown>; reviewIds: string[] } {
  const found = pending.flatMap((one) => {
    const review = questions.find((question) => isOf(question, one) && question.status === "decided");
    return review?.decision ? [{ one, review, answer: review.decision.args["value"] }] : [];
  });
  return {
    resume: Object.fromEntries(found.map(({ one, answer }) => [one.interruptId, answer ?? null])),
    reviewIds: found.map(({ review }) => review.id),
  };
}

/** The questions of a thread that are not closed. */
export async function questionsOf(reviews: ReviewStore, tenant: string, threadId: string): Promise<Review[]> {
  const unclosed = await reviews.unclosedOf(tenant, threadId);
  return unclosed.filter(({ kind }) => kind === "question");
}

/**
 * Opens a review for each interrupt that waits, and closes those whose interrupt is gone. One that was decided had its
 * answer heard, by a process that did not come to writing that down.
 */
export async function keepQuestions(
  deps: { reviews: ReviewStore; newId: NewId; askedOf(graphId: string): { tier: string; roles: string[] } },
  run: Run,
  pending: readonly PendingQuestion[],
): Promise<void> {
  const standing = await questionsOf(deps.reviews, run.tenant, run.threadId);
  const gone = standing.filter((question) => !pending.some((one) => isOf(question, one)));
  const close = async (as: "resumed" | "superseded", isOne: (review: Review) => boolean) =>
    deps.reviews.close(
      run.tenant,
      gone.filter(isOne).map(({ id }) => id),
      as,
    );
  await close("resumed", ({ status }) => status === "decided");
  await close("superseded", ({ status }) => status !== "decided");
  const unasked = pending.filter((one) => !standing.some((question) => isOf(question, one)));
  await deps.reviews.ask(
    run.tenant,
    unasked.map((one) => questionOf(deps, run, one)),
  );
}

/** Is each of these asked about, and nothing else? */
export function areAsked(pending: readonly PendingQuestion[], questions: readonly Review[]): boolean {
  return (
    pending.every((one) => questions.some((question) => isOf(question, one))) &&
    questions.every((question) => pending.some((one) => isOf(question, one)))
  );
}

function isOf({ interrupt, argsHash }: Review, one: PendingQuestion): boolean {
  return interrupt?.id === one.interruptId && interrupt.nth === one.nth && argsHash === one.argsHash;
}

function questionOf(
  deps: { newId: NewId; askedOf(graphId: string): { tier: string; roles: string[] } },
  run: Run,
  one: PendingQuestion,
): NewQuestion {
  return {
    id: deps.newId(),
    threadId: run.threadId,
    graphId: run.graphId,
    interrupt: { id: one.interruptId, nth: one.nth, answerSchema: one.answerSchema },
    tool: one.node,
    args: one.args,
    argsHash: one.argsHash,
    ...deps.askedOf(run.graphId),
    title: titleOf(one),
    requestedBy: run.principal,
  };
}

/** As text that can be kept and shown. What cannot be is still asked about: the graph waits for an answer. */
function storableValue(value: unknown): Json {
  try {
    const { value: storable } = JSON.parse(storableJson({ value: JSON.parse(wireText(value)) as Json })) as {
      value: unknown;
    };
    return parseJsonValue(storable);
  } catch (error) {
    return `[not shown: ${messageOf(error)}]`;
  }
}

const wordings = ["question", "message", "description", "text", "title", "prompt"];

/** What the graph says, where it says something; fronts differ in what they call it. */
function titleOf({ node, args: { value } }: PendingQuestion): string {
  const said =
    typeof value === "string"
      ? value
      : isJsonObject(value ?? null)
        ? wordings.map((name) => (value as JsonObject)[name]).find((words) => typeof words === "string")
        : undefined;
  return (typeof said === "string" && said.trim() !== "" ? said : `${node} asks for an answer.`).slice(
    0,
    500,
  );
}
