// Somebody decides in the reader's stead: who, until when, and with which of their roles.
import { useId, useState, type FormEvent } from "react";
import { api, Problem, type Deputy, type Me } from "../api.js";
import { serverNow } from "../clock.js";
import { Foreign, visible } from "../../react/text.js";

const weekMs = 7 * 86_400_000;

export function GiveDeputy({ me, given, cancel }: { me: Me; given(deputy: Deputy): void; cancel(): void }) {
  const [to, setTo] = useState("");
  const [until, setUntil] = useState(() => localTime(serverNow() + weekMs));
  const [without, setWithout] = useState<readonly string[]>([]);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setIsSending] = useState(false);
  const id = useId();
  const roles = me.roles.filter((role) => !without.includes(role));
  const isReady = to.trim() !== "" && !Number.isNaN(Date.parse(until)) && roles.length > 0 && !isSending;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!isReady) return;
    setIsSending(true);
    api
      .giveDeputy({
        to: to.trim(),
        until: new Date(until).toISOString(),
        ...(without.length === 0 ? {} : { roles }),
        ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
      })
      .then(
        (deputy) => {
          setTo("");
          setProblem(null);
          given(deputy);
        },
        (error: unknown) => {
          if (!(error instanceof Problem)) throw error;
          setProblem(error.message);
        },
      )
      .finally(() => setIsSending(false));
  };
  return (
    <form onSubmit={send}>
      <h2>Somebody decides in my stead</h2>
      <p className="muted">
        They may decide what you may, in both your names. What others gave to you is not given on.
      </p>
      <label htmlFor={`${id}-to`}>Who: their id</label>
      <input
        id={`${id}-to`}
        autoFocus
        required
        autoComplete="off"
        spellCheck={false}
        value={to}
        onChange={(e) => setTo(e.target.value)}
      />
      <label htmlFor={`${id}-until`}>Until</label>
      <input
        id={`${id}-until`}
        type="datetime-local"
        required
        value={until}
        onChange={(e) => setUntil(e.target.value)}
      />
      {/* Who has one role, or all there are, gives just that. */}
      {me.roles.length > 1 && (
        <fieldset>
          <legend>As</legend>
          {me.roles.map((role) => (
            <label key={role}>
              <input
                type="checkbox"
                checked={!without.includes(role)}
                onChange={({ target }) =>
                  setWithout((now) => (target.checked ? now.filter((one) => one !== role) : [...now, role]))
                }
              />{" "}
              <bdi>{visible(role)}</bdi>
            </label>
          ))}
        </fieldset>
      )}
      <label htmlFor={`${id}-reason`}>
        Why <span className="muted">may be left out</span>
      </label>
      <input id={`${id}-reason`} value={reason} onChange={(e) => setReason(e.target.value)} />
      {problem !== null && (
        <p className="problem" role="alert">
          <Foreign text={problem} />
        </p>
      )}
      <p className="acts">
        <button type="submit" className="act go" disabled={!isReady}>
          Let them decide <kbd>⏎</kbd>
        </button>
        <button type="button" className="act plain" onClick={cancel}>
          Close <kbd>Esc</kbd>
        </button>
      </p>
    </form>
  );
}

/** As a field for a date and a time wants it: by the reader's own clock, to the minute. */
function localTime(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}
