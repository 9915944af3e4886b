// What a person says to a call that waits, where a button is not enough.
import { useId, type FormEvent } from "react";
import type { DecisionRequest } from "../client.js";
import { Foreign, visible } from "../text.js";
import { ArgumentFields } from "./argument-fields.js";
import { argsIn, fieldsOf, textIn } from "./fields.js";
import { optionsIn, type Args, type HeldCall } from "./held-call.js";

export type Given = Omit<DecisionRequest, "argsHash">;

interface FormProps {
  send(given: Given): Promise<void>;
  back(): void;
}

export function AnswerForm({ hold, send }: { hold: HeldCall; send: FormProps["send"] }) {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const message = textIn(new FormData(event.currentTarget), "answer").trim();
    if (message !== "") void send({ type: "respond", message });
  };
  const options = optionsIn(hold);
  return (
    <form onSubmit={submit}>
      {options.length > 0 && (
        <ul className="hp-options">
          {options.map(({ label, rationale, cost, evidence }) => (
            <li key={label}>
              <button type="button" onClick={() => void send({ type: "respond", message: label })}>
                <bdi>{visible(label)}</bdi>
              </button>
              {[rationale, cost, evidence].map(
                (about, index) =>
                  about !== undefined && (
                    <p key={index} className="hp-quiet">
                      {["Why", "What it costs", "What it rests on"][index]}: <Foreign text={about} />
                    </p>
                  ),
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="hp-input">
        <label htmlFor={id}>{hold.kind === "handover" ? "How it goes on" : "Or in your own words"}</label>
        <textarea id={id} name="answer" rows={2} required />
      </div>
      <div className="hp-buttons">
        <button className="hp-primary">Send the answer</button>
      </div>
    </form>
  );
}

export function EditForm({
  hold,
  args,
  send,
  back,
  refuse,
}: FormProps & { hold: HeldCall; args: Args; refuse(problem: string): void }) {
  const fields = fieldsOf(hold.argsSchema, args);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      void send({ type: "edit", args: argsIn(form, fields) });
    } catch (error) {
      refuse((error as Error).message);
    }
  };
  return (
    <form onSubmit={submit}>
      <ArgumentFields fields={fields} />
      <div className="hp-buttons">
        <button className="hp-primary">Approve with changes</button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

export function RejectForm({ send, back }: FormProps) {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const reason = textIn(new FormData(event.currentTarget), "reason").trim();
    void send({ type: "reject", ...(reason === "" ? {} : { reason }) });
  };
  return (
    <form onSubmit={submit}>
      <div className="hp-input">
        <label htmlFor={id}>
          Why not?<span className="hp-quiet"> (optional; the agent is told)</span>
        </label>
        <textarea id={id} name="reason" rows={2} maxLength={10_000} autoFocus />
      </div>
      <div className="hp-buttons">
        <button className="hp-danger">Reject</button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

export function SettleButtons({ send }: Pick<FormProps, "send">) {
  return (
    <div className="hp-buttons">
      <button type="button" onClick={() => void send({ type: "happened" })}>
        It happened
      </button>
      <button type="button" onClick={() => void send({ type: "not_happened" })}>
        It did not
      </button>
      <button type="button" onClick={() => void send({ type: "retry" })}>
        Try again
      </button>
    </div>
  );
}
