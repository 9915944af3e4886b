// A question to the agent, with its answer under it. The hold waits meanwhile, and nothing comes of it but words.
import { useId } from "react";
import { api } from "../api.js";
import { Exchange } from "../hold/exchange.js";
import { useKept } from "../../react/kept.js";
import { Frame, type StepProps } from "./frame.js";

export function Ask(props: StepProps) {
  const { own, review, context, run, again } = props;
  const [text, setText] = useKept(`${own} ask`, () => "");
  const id = useId();
  const asked = (context?.events ?? []).flatMap((event) => (event.kind === "asked" ? [event] : []));
  const last = asked.at(-1);
  const ask = async (): Promise<void> => {
    await api.ask(review.id, text.trim());
    setText("");
    again();
  };
  return (
    <Frame
      {...props}
      title="Ask the agent"
      confirm="Ask"
      busy="Asking…"
      tone="plain"
      isReady={text.trim() !== ""}
      act={() => run(ask)}
    >
      <div className="answered" role="status">
        {last && <Exchange event={last} />}
      </div>
      <label htmlFor={id}>
        {last ? "Another question" : "What you want to know of it; it acts on nothing"}
      </label>
      <textarea
        id={id}
        rows={2}
        autoFocus
        maxLength={4_000}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </Frame>
  );
}
