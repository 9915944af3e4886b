import { useId } from "react";
import { useKept } from "../../react/kept.js";
import { Frame, type StepProps } from "./frame.js";
import { optionAt, Options } from "./options.js";

/** A reason in one's own words, or under a number key while nothing else is typed. */
export function Reject(props: StepProps) {
  const { own, context, send } = props;
  const [words, setWords] = useKept(`${own} reject`, () => "");
  const id = useId();
  const templates = context?.instructions?.rejectReasons ?? [];
  const isOwn = words !== "" && !templates.includes(words);
  const said = words.trim();
  return (
    <Frame
      {...props}
      title="Reject it"
      confirm="Reject"
      tone="stop"
      act={() => send({ type: "reject", ...(said === "" ? {} : { reason: said }) })}
    >
      <Options
        label="Reasons at hand"
        options={templates}
        chosen={words}
        choose={(template) => {
          setWords(template);
          document.getElementById(id)?.focus();
        }}
      />
      <label htmlFor={id}>Why, for the agent</label>
      <textarea
        id={id}
        rows={3}
        autoFocus
        value={words}
        onChange={({ target }) => setWords(target.value)}
        onKeyDown={(event) => {
          const template = isOwn ? undefined : optionAt(templates, event);
          if (template === undefined) return;
          event.preventDefault();
          setWords(template);
        }}
      />
    </Frame>
  );
}
