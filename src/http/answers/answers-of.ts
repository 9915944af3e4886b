// A resume value at LangGraph's door is a decision of the caller on what was shown to them, in the form of whatever front
// they use. Here it is told which hold each part of it answers, and read; whether it may stand is for `decide` to say.
import { HoldpointError } from "../../kernel/errors.js";
import type { Answer } from "../../review/decide.js";
import { agUiEntries, readAgUi } from "./ag-ui.js";
import { readAgentInbox } from "./agent-inbox.js";
import { readWords } from "./in-words.js";
import { readLangChain } from "./langchain.js";
import { readOwn } from "./own.js";
import { unclear } from "./refusals.js";
import { isObject } from "./said.js";
import type { ShownHold } from "./shown-hold.js";

export interface HoldAnswer {
  interruptId: string;
  reviewId: string;
  answer: Answer;
}

/** Throws before any of it is made where a part cannot be read, or does not say what it answers. */
export function answersOf(resume: unknown, holds: readonly ShownHold[]): HoldAnswer[] {
  return parts(resume, holds).map(({ hold, given }) => ({
    interruptId: hold.interruptId,
    reviewId: hold.reviewId,
    answer: readAnswer(given, hold),
  }));
}

// Each knows its own by a sign that no other has.
const forms = [readLangChain, readAgUi, readAgentInbox, readOwn, readWords];

function readAnswer(given: unknown, hold: ShownHold): Answer {
  for (const read of forms) {
    const answer = read(given, hold);
    if (answer) return answer;
  }
  throw new HoldpointError(
    "request_invalid",
    'The resume value is no decision. Send { "type": "approve" | "edit" | "reject" | "respond", … }, or one of the ' +
      "forms in docs/interop.md. A bare value would say nothing of what it approves.",
  );
}

interface Part {
  hold: ShownHold;
  given: unknown;
}

function parts(resume: unknown, holds: readonly ShownHold[]): Part[] {
  const told = objectIn(resume);
  if (isByInterrupt(told)) return byId(Object.entries(told), holds);
  const entries = agUiEntries(told);
  if (entries) return byId(coveringAll(entries, holds), holds);
  const [only, ...others] = holds;
  if (only && others.length === 0) return [{ hold: only, given: told }];
  throw unclear(
    `${holds.length} holds wait, and the answer does not say which one it means; by its place it is not guessed. ` +
      "Send { [interruptId]: decision }.",
    holds,
  );
}

/** Some clients have a field for text only: JSON in it is what it says, and any other text is no answer. */
function objectIn(resume: unknown): unknown {
  if (typeof resume !== "string") return resume;
  try {
    const told: unknown = JSON.parse(resume);
    return typeof told === "object" ? told : resume;
  } catch {
    return resume;
  }
}

function byId(given: readonly (readonly [string, unknown])[], holds: readonly ShownHold[]): Part[] {
  const unknown = given.filter(([id]) => !holds.some(({ interruptId }) => interruptId === id));
  if (unknown.length > 0) {
    throw unclear(
      `No hold with id ${unknown.map(([id]) => id).join(", ")} waits in this thread; it may have been decided already, ` +
        "which GET /reviews?thread_id= tells.",
      holds,
    );
  }
  return holds.flatMap((hold) => {
    const found = given.find(([id]) => id === hold.interruptId);
    return found ? [{ hold, given: found[1] }] : [];
  });
}

/** Its clients take a run for gone on only where all was answered: all or none, each once. */
function coveringAll(
  entries: readonly { interruptId: string; given: unknown }[],
  holds: readonly ShownHold[],
): (readonly [string, unknown])[] {
  const ids = entries.map(({ interruptId }) => interruptId);
  const missing = holds.filter(({ interruptId }) => !ids.includes(interruptId));
  if (missing.length > 0) throw unclear("AG-UI answers all that waits at once, or nothing.", holds);
  if (new Set(ids).size < ids.length) throw unclear("An interrupt has two answers. Send one.", holds);
  return entries.map(({ interruptId, given }) => [interruptId, given]);
}

/** LangGraph's interrupt ids are 32 hexadecimal digits, which no field of a decision is. */
export function isByInterrupt(resume: unknown): resume is Record<string, unknown> {
  if (!isObject(resume)) return false;
  const keys = Object.keys(resume);
  return keys.length > 0 && keys.every((key) => /^[0-9a-f]{32}$/.test(key));
}
