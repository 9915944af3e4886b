import { useId } from "react";
import { useKept } from "../kept.js";
import { Frame, type StepProps } from "./frame.js";

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
      {templates.length > 0 && (
        <ol className="templates" aria-label="Reasons at hand">
          {templates.slice(0, 9).map((template, index) => (
            <li key={template}>
              <button
                type="button"
                className={words === template ? "template chosen" : "template"}
                aria-pressed={words === template}
                aria-keyshortcuts={String(index + 1)}
                onClick={() => {
                  setWords(template);
                  document.getElementById(id)?.focus();
                }}
              >
                <kbd>{index + 1}</kbd> {template}
              </button>
            </li>
          ))}
        </ol>
      )}
      <label htmlFor={id}>Why, for the agent</label>
      <textarea
        id={id}
        rows={3}
        autoFocus
        value={words}
        onChange={({ target }) => setWords(target.value)}
        onKeyDown={(event) => {
          const template = templates[Number.parseInt(event.key, 10) - 1];
          if (template === undefined || isOwn || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          setWords(template);
        }}
      />
    </Frame>
  );
}
