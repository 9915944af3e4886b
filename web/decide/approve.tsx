import { targetOf } from "../../src/http/contract/target.js";
import { Frame, type StepProps } from "./frame.js";
import { Questions, useAnswers } from "./questions.js";
import { TargetField, useTypedTarget } from "./typed-target.js";

export function Approve(props: StepProps) {
  const { own, review, context, send } = props;
  const target = useTypedTarget(review.level, targetOf(review));
  const questions = context?.instructions?.questions ?? [];
  const { answers, isComplete, set } = useAnswers(own, questions);
  const isAsked = questions.length > 0;
  return (
    <Frame
      {...props}
      title="Approve exactly this"
      confirm="Confirm"
      tone="go"
      isReady={isComplete && target.isRight}
      act={() => send({ type: "approve", ...(isAsked ? { answers } : {}) })}
      focusesConfirm={target.target === null && !isAsked}
      hint="⏎"
    >
      {isAsked && <Questions answers={answers} set={set} focusesFirst />}
      <TargetField of={target} focuses={!isAsked} />
    </Frame>
  );
}
