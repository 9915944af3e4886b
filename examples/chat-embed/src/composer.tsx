import { useId, useRef, type KeyboardEvent, type ReactNode, type RefObject } from "react";

interface Props {
  say(text: string): void;
  hint: string | null;
  input: RefObject<HTMLTextAreaElement | null>;
}

/** Enter sends, with Shift it begins a new line. What is sent while the agent is at work is heard afterwards. */
export function Composer({ say, hint, input }: Props): ReactNode {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const submit = (): void => {
    const text = input.current?.value.trim() ?? "";
    if (text === "") return;
    form.current?.reset();
    say(text);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form
      ref={form}
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label htmlFor={id} className="hidden">
        Your message
      </label>
      <textarea
        id={id}
        ref={input}
        rows={1}
        placeholder="Write a message"
        aria-describedby={hint === null ? undefined : `${id}-hint`}
        onKeyDown={onKeyDown}
        autoFocus
      />
      <button>Send</button>
      {hint !== null && (
        <p id={`${id}-hint`} className="quiet">
          {hint}
        </p>
      )}
    </form>
  );
}
