import type { Assessment, Review } from "../api.js";
import { useKept } from "../../react/kept.js";
import { Foreign, visible } from "../../react/text.js";
import { targetOf } from "../../src/http/contract/target.js";
import { marks } from "../words.js";
import { draftOf, readDraft, type Draft } from "./args-draft.js";
import { ArgsForm } from "./args-form.js";
import { Frame, type StepProps } from "./frame.js";
import { Questions, useAnswers } from "./questions.js";
import { TargetField, useTypedTarget } from "./typed-target.js";
import { useAssessment } from "./use-assessment.js";

export function Edit(props: StepProps) {
  const { own, review, context, send } = props;
  const [draft, setDraft] = useKept<Draft>(`${own} values`, () =>
    draftOf(review.args, context?.argsSchema ?? null),
  );
  const { args, faults: unreadable, changes } = readDraft(draft, review.args);
  const isChanged = changes.length > 0;
  const assessment = useAssessment(review, isChanged && unreadable.length === 0 ? args : null);
  const faults = assessment?.faults ?? props.faults;
  const isRefused = assessment !== null && (assessment.isForbidden || assessment.faults.length > 0);
  const goesOn = assessment !== null && !isRefused && !assessment.mayDecide;
  const questions = goesOn ? [] : (assessment?.questions ?? context?.instructions?.questions ?? []);
  const { answers, isComplete, set } = useAnswers(own, questions);
  const target = useTypedTarget(
    goesOn ? "low" : (assessment?.level ?? review.level),
    targetOf({ ...review, args }),
  );
  return (
    <Frame
      {...props}
      title="Change it, and approve the change"
      confirm={isChanged ? confirmOf(changes.length, goesOn) : "Nothing is changed"}
      tone="go"
      isReady={isChanged && unreadable.length === 0 && !isRefused && isComplete && target.isRight}
      act={() => send({ type: "edit", args, ...(questions.length > 0 ? { answers } : {}) })}
    >
      <ArgsForm draft={draft} faults={faults} change={setDraft} />
      {isChanged && (
        <ul className="changes" aria-label="What changes">
          {changes.map(({ name, before, after }) => (
            <li key={name}>
              <code>{visible(name)}</code>{" "}
              <del>
                <Foreign text={before} />
              </del>{" "}
              <ins>
                <Foreign text={after} />
              </ins>
            </li>
          ))}
        </ul>
      )}
      <div className="leads-to" role="status">
        {assessment && <LeadsTo review={review} assessment={assessment} />}
      </div>
      {isChanged && !isRefused && questions.length > 0 && <Questions answers={answers} set={set} />}
      {isChanged && !isRefused && <TargetField of={target} />}
    </Frame>
  );
}

function confirmOf(count: number, goesOn: boolean): string {
  const what = `${count} ${count === 1 ? "change" : "changes"}`;
  return goesOn ? `Send on with ${what}` : `Approve with ${what}`;
}

/** What it would be then, and who would release it. */
function LeadsTo({ review, assessment }: { review: Review; assessment: Assessment }) {
  const { title, level, tier, reasons, isForbidden, mayDecide, faults } = assessment;
  if (faults.length > 0) return null;
  if (isForbidden) {
    return (
      <p className="problem">
        Policy forbids it like this: <bdi>{visible(reasons.map(({ text }) => text).join(" "))}</bdi>
      </p>
    );
  }
  const { shape, word } = marks[level];
  return (
    <>
      {title !== review.title && (
        <p>
          It will then be:{" "}
          <strong>
            <bdi>{visible(title)}</bdi>
          </strong>
        </p>
      )}
      {(level !== review.level || !mayDecide) && (
        <p>
          With this change it is{" "}
          <span className={`mark ${level}`}>
            <span aria-hidden="true">{shape}</span> {word}
          </span>
          {mayDecide ? (
            "."
          ) : (
            <>
              , and goes on to <strong>{tier}</strong>.
            </>
          )}
        </p>
      )}
    </>
  );
}
