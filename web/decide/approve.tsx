import { useId, useState } from "react";
import { targetOf } from "../words.js";
import { Frame, type StepProps } from "./frame.js";
import { Questions, useAnswers } from "./questions.js";

export function Approve(props: StepProps) {
  const { own, review, context, send } = props;
  const needsTarget = review.level === "critical";
  const target = targetOf(review);
  const [typed, setTyped] = useState("");
  const field = useId();
  const questions = context?.instructions?.questions ?? [];
  const { answers, isComplete, set } = useAnswers(own, questions);
  const isAsked = questions.length > 0;
  return (
    <Frame
      {...props}
      title="Approve exactly this"
      confirm="Confirm"
      tone="go"
      isReady={isComplete && (!needsTarget || typed.trim() === target)}
      act={() => send({ type: "approve", ...(isAsked ? { answers } : {}) })}
      focusesConfirm={!needsTarget && !isAsked}
      hint="⏎"
    >
      {isAsked && <Questions answers={answers} set={set} focusesFirst />}
      {needsTarget && (
        <div className="field">
          <label htmlFor={field}>
            This is critical. Type <strong className="target">{target}</strong> to approve it.
          </label>
          <input
            id={field}
            value={typed}
            autoFocus={!isAsked}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target: { value } }) => setTyped(value)}
          />
        </div>
      )}
    </Frame>
  );
}
