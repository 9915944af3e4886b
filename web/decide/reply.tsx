// The answer to what an agent asks: an option by its number, words, or both. It stands open: there is nothing to approve.
import { useEffect, useId, useRef, type FormEvent } from "react";
import { questionIn, usePicked } from "../hold/asked.js";
import { useKept } from "../../react/kept.js";
import { useKeys } from "../keys.js";
import { visible } from "../../react/text.js";
import type { StepProps } from "./frame.js";

export function Reply({ own, review, isBusy, send }: Pick<StepProps, "own" | "review" | "isBusy" | "send">) {
  const [words, setWords] = useKept(`${own} respond`, () => "");
  const [picked, pick] = usePicked(review);
  const field = useRef<HTMLTextAreaElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const byKey = useRef(false);
  const id = useId();
  const options = review.kind === "ask" ? questionIn(review).options : [];
  const place = options.findIndex(({ label }) => label === picked);
  const said = words.trim();
  const isReady = place >= 0 || said !== "";

  useEffect(() => {
    // Where the option was picked, it is one key away from being sent.
    if (byKey.current && place >= 0) button.current?.focus();
    byKey.current = false;
  }, [place]);
  useKeys({
    d: () => field.current?.focus(),
    ...Object.fromEntries(
      options.map(({ label }, index) => [
        String(index + 1),
        () => {
          byKey.current = true;
          pick(label === picked ? null : label);
        },
      ]),
    ),
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady) return;
    void send({
      type: "respond",
      ...(place >= 0 ? { value: picked } : {}),
      ...(said === "" ? {} : { message: said }),
    });
  };
  return (
    <form
      className="step reply"
      aria-label="Answer the agent"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
    >
      <label htmlFor={id}>
        {labelOf(review.kind, options.length > 0, place >= 0)} <kbd>d</kbd>
      </label>
      <textarea
        ref={field}
        id={id}
        rows={1}
        value={words}
        onChange={({ target }) => setWords(target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // Back to the question, and not out of it.
          event.preventDefault();
          document.getElementById("hold-title")?.focus();
        }}
      />
      <div className="acts">
        <button ref={button} type="submit" className="act go" disabled={!isReady || isBusy}>
          {isBusy ? "Sending…" : place >= 0 ? `Send option ${place + 1}` : "Send the answer"}{" "}
          <kbd>Ctrl ⏎</kbd>
        </button>
        {place >= 0 && (
          <p className="picked-words">
            <bdi>{visible(options[place]?.label ?? "")}</bdi>
            {said !== "" && ", with your words"}
          </p>
        )}
      </div>
    </form>
  );
}

function labelOf(kind: StepProps["review"]["kind"], hasOptions: boolean, isPicked: boolean): string {
  if (kind === "handover") return "How the agent is to go on";
  if (isPicked) return "Anything to add?";
  return hasOptions ? "Or in your own words" : "Your answer";
}
