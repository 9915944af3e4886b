import { useId, useState } from "react";
import { targetOf } from "../words.js";
import { Frame, type StepProps } from "./frame.js";

export function Approve(props: StepProps) {
  const { review, send } = props;
  const needsTarget = review.level === "critical";
  const target = targetOf(review);
  const [typed, setTyped] = useState("");
  const field = useId();
  return (
    <Frame
      {...props}
      title="Approve exactly this"
      confirm="Confirm"
      tone="go"
      isReady={!needsTarget || typed.trim() === target}
      act={() => send({ type: "approve" })}
      focusesConfirm={!needsTarget}
      hint="⏎"
    >
      {needsTarget && (
        <>
          <label htmlFor={field}>
            This is critical. Type <strong className="target">{target}</strong> to approve it.
          </label>
          <input
            id={field}
            value={typed}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            onChange={({ target: { value } }) => setTyped(value)}
          />
        </>
      )}
    </Frame>
  );
}
