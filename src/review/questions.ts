// What the rules ask before they let a call go, and what whoever decides says to it.
import type { GivenAnswer } from "./types.js";
import { taken, type Read } from "./read.js";
import { refuse } from "./refusals.js";

/** Every question with its answer, in the order in which they are asked. */
export function answersToQuestions(
  questions: readonly string[],
  given: Readonly<Record<string, string>>,
): Read<GivenAnswer[]> {
  const answers = questions.map((question) => ({
    question,
    text: Object.hasOwn(given, question) ? (given[question]?.trim() ?? "") : "",
  }));
  const open = answers.flatMap(({ question, text }) => (text === "" ? [question] : []));
  if (open.length > 0) {
    return refuse(
      "questions_unanswered",
      `Before this is released, the rules that hold it ask: ${open.join(" ")} Send what you say to each as ` +
        "`answers`: { question: text }. The review still waits, unchanged.",
      { questions: open },
    );
  }
  const unasked = Object.keys(given).filter((question) => !questions.includes(question));
  if (unasked.length === 0) return taken(answers);
  return refuse("request_invalid", `Nobody asked: ${unasked.join(" ")} Send answers to what is asked only.`, {
    questions,
  });
}
