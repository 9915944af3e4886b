import type { Step } from "./acts.js";
import { Ask } from "./ask.js";
import { Approve } from "./approve.js";
import { Comment } from "./comment.js";
import { Edit } from "./edit.js";
import { Frame, type StepProps } from "./frame.js";
import { HandOn } from "./hand-on.js";
import { Reject } from "./reject.js";
import { Words } from "./words.js";

export function StepForm({ step, ...props }: StepProps & { step: Exclude<Step, "none"> }) {
  switch (step) {
    case "approve":
      return <Approve {...props} />;
    case "edit":
      return <Edit {...props} />;
    case "reject":
      return <Reject {...props} />;
    case "hand_on":
      return <HandOn {...props} />;
    case "ask":
      return <Ask {...props} />;
    case "comment":
      return <Comment {...props} />;
    case "respond":
      return (
        <Words
          {...props}
          title={props.review.kind === "question" ? "Answer the question" : "Answer in the tool's stead"}
          label={
            props.review.kind === "question"
              ? "The answer: text, or JSON"
              : "What the agent is told; the tool does not run"
          }
          confirm="Send the answer"
          tone="plain"
          type="respond"
          field={props.review.kind === "question" ? "value" : "message"}
          isNeeded
        />
      );
    case "happened":
      return (
        <Words
          {...props}
          title="It happened"
          label="What came of it, if you know"
          confirm="It happened"
          tone="go"
          type="happened"
          field="message"
        />
      );
    case "not_happened":
      return (
        <Words
          {...props}
          title="It did not happen"
          label="How you know"
          confirm="It did not happen"
          tone="stop"
          type="not_happened"
          field="reason"
        />
      );
    case "retry":
      return (
        <Frame
          {...props}
          title="Try it again"
          confirm="Try again"
          tone="plain"
          hint="⏎"
          focusesConfirm
          act={() => props.send({ type: "retry" })}
        >
          <p>If it did happen after all, it happens twice.</p>
        </Frame>
      );
  }
}
