import { useKept } from "../kept.js";
import { ArgsForm, draftOf, readDraft, type Draft } from "./args-form.js";
import { Frame, type StepProps } from "./frame.js";

export function Edit(props: StepProps) {
  const { own, review, context, send } = props;
  const [draft, setDraft] = useKept<Draft>(`${own} draft`, () =>
    draftOf(review.args, context?.argsSchema ?? null),
  );
  const { args, faults, changes } = readDraft(draft, review.args);
  return (
    <Frame
      {...props}
      title="Change it, and approve the change"
      confirm={
        changes.length === 0
          ? "Nothing is changed"
          : `Approve with ${changes.length} ${changes.length === 1 ? "change" : "changes"}`
      }
      tone="go"
      isReady={changes.length > 0 && faults.length === 0}
      act={() => send({ type: "edit", args })}
    >
      <ArgsForm draft={draft} change={setDraft} />
      {changes.length > 0 && (
        <ul className="changes" aria-label="What changes">
          {changes.map(({ name, before, after }) => (
            <li key={name}>
              <code>{name}</code> <del>{before}</del> <ins>{after}</ins>
            </li>
          ))}
        </ul>
      )}
    </Frame>
  );
}
