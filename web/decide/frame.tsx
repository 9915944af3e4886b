import { useEffect, useRef, type FormEvent, type ReactNode } from "react";
import type { DecisionRequest, Fault, Review, ReviewContext } from "../api.js";
import type { Act } from "./acts.js";

export interface StepProps {
  /** Names what is kept of it. */
  own: string;
  review: Review;
  context: ReviewContext | null;
  isBusy: boolean;
  /** What the server found wrong with the arguments that were sent. */
  faults: readonly Fault[];
  close(): void;
  send(decision: Omit<DecisionRequest, "argsHash">): Promise<void>;
  /** Does something else with it; what the server refuses is shown. */
  run(work: () => Promise<void>): Promise<void>;
  /** Somebody else has it now: said in a line. */
  passedOn(text: string): void;
  /** What stands around it has changed. */
  again(): void;
}

/** A step of deciding: what it is, what it needs, and the two ways out of it. */
export function Frame({
  title,
  confirm,
  tone,
  isBusy,
  isReady = true,
  focusesConfirm = false,
  hint = "Ctrl ⏎",
  busy = "Sending…",
  close,
  act,
  children,
}: Pick<StepProps, "isBusy" | "close"> & {
  title: string;
  confirm: string;
  tone: Act["tone"];
  isReady?: boolean;
  focusesConfirm?: boolean;
  /** The key that confirms. */
  hint?: string;
  busy?: string;
  act(): Promise<void>;
  children?: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focusesConfirm) button.current?.focus();
  }, [focusesConfirm]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady) void act();
  };
  return (
    <form
      className="step"
      aria-label={title}
      onSubmit={submit}
      onKeyDown={(event) => {
        // Enter in a text makes a line; with Control or Command it sends.
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
    >
      <h2>{title}</h2>
      {children}
      <div className="acts">
        <button ref={button} type="submit" className={`act ${tone}`} disabled={!isReady || isBusy}>
          {isBusy ? busy : confirm} <kbd>{hint}</kbd>
        </button>
        <button type="button" className="act plain" onClick={close}>
          Back <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}
