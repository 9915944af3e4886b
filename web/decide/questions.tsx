// What the rules ask before they let a call go: a field for each.
import { useId } from "react";
import { useKept } from "../../react/kept.js";

export type Answers = Readonly<Record<string, string>>;

/** What is said to these questions, kept under the decision's name; complete where each has words. */
export function useAnswers(
  own: string,
  questions: readonly string[],
): { answers: Answers; isComplete: boolean; set(question: string, text: string): void } {
  const [all, keep] = useKept<Answers>(`${own} answers`, () => ({}));
  const answers = Object.fromEntries(questions.map((question) => [question, all[question] ?? ""]));
  return {
    answers,
    isComplete: Object.values(answers).every((text) => text.trim() !== ""),
    set: (question, text) => keep({ ...all, [question]: text }),
  };
}

export function Questions({
  answers,
  set,
  focusesFirst = false,
}: {
  answers: Answers;
  set(question: string, text: string): void;
  focusesFirst?: boolean;
}) {
  const id = useId();
  return (
    <div className="questions">
      {Object.entries(answers).map(([question, text], index) => (
        <div className="field" key={question}>
          <label htmlFor={`${id} ${index}`}>{question}</label>
          <input
            id={`${id} ${index}`}
            value={text}
            autoFocus={focusesFirst && index === 0}
            autoComplete="off"
            onChange={({ target }) => set(question, target.value)}
          />
        </div>
      ))}
    </div>
  );
}
