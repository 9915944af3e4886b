// Words to the others who see this hold, or to one colleague who is asked. They decide nothing, and the agent hears none.
import { useId } from "react";
import { api } from "../api.js";
import { useKept } from "../../react/kept.js";
import { Frame, type StepProps } from "./frame.js";
import { peopleIn } from "./people.js";

export function Comment(props: StepProps) {
  const { own, review, context, run, passedOn } = props;
  const [text, setText] = useKept(`${own} comment`, () => "");
  const [to, setTo] = useKept(`${own} colleague`, () => "");
  const id = useId();
  const whom = to.trim();
  const say = async (): Promise<void> => {
    await api.comment(review.id, { text: text.trim(), ...(whom === "" ? {} : { to: whom }) });
    setText("");
    passedOn(whom === "" ? `Commented: ${review.title}` : `${whom} is asked: ${review.title}`);
  };
  return (
    <Frame
      {...props}
      title="Comment"
      confirm={whom === "" ? "Comment" : `Ask ${whom}`}
      tone="plain"
      isReady={text.trim() !== ""}
      act={() => run(say)}
    >
      <div className="field">
        <label htmlFor={`${id}-text`}>What you want to say; the agent does not hear it</label>
        <textarea
          id={`${id}-text`}
          rows={2}
          autoFocus
          maxLength={4_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-to`}>
          Ask a colleague, by their id <span className="muted">may be left out</span>
        </label>
        <input
          id={`${id}-to`}
          value={to}
          autoComplete="off"
          spellCheck={false}
          list={`${id}-people`}
          onChange={({ target }) => setTo(target.value)}
        />
        <datalist id={`${id}-people`}>
          {peopleIn(context).map((known) => (
            <option key={known} value={known} />
          ))}
        </datalist>
      </div>
    </Frame>
  );
}
