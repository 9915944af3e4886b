// Leading the conversation in the agent's place: `o` takes it over, what is typed reaches who chats, `b` hands it back.
import { useEffect, useId, useRef, useState } from "react";
import { api, Problem } from "../api.js";
import { forget, useKept } from "../../react/kept.js";
import { useKeys } from "../keys.js";
import { Age, Person } from "../text.js";
import type { ReadStory } from "./use-story.js";

export function Lead({ me, id, story }: { me: string; id: string; story: ReadStory }) {
  const { thread } = story;
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsked, setAsked] = useState(false);
  const [tookHere, setTookHere] = useState(false);
  const takeOver = (): void => {
    setProblem(null);
    // Who leads is asked for first; taking it from them is a second step.
    if (thread?.ledBy && !isAsked) return setAsked(true);
    api
      .takeOver(id, thread?.ledBy?.id ?? null)
      .then(
        () => {
          setTookHere(true);
          story.again();
        },
        (error: unknown) => setProblem((error as Problem).message),
      )
      .finally(() => setAsked(false));
  };
  const isMine = thread?.ledBy?.id === me;
  useKeys(thread?.canBeLed && !isMine ? { o: takeOver } : {});
  if (!thread?.canBeLed) return null;
  return (
    <section className="lead-bar" aria-label="Leading the conversation">
      {isAsked && <Unless escaped={() => setAsked(false)} />}
      {isMine ? (
        <Write id={id} isJustTaken={tookHere} again={story.again} />
      ) : (
        <p className="says">
          {thread.ledBy ? (
            <span>
              <strong>
                <Person id={thread.ledBy.id} />
              </strong>{" "}
              leads this conversation, for <Age at={thread.ledBy.since} /> by now. The agent is silent.
            </span>
          ) : (
            <span className="muted">The agent leads this conversation.</span>
          )}
          <button
            type="button"
            className={isAsked ? "act stop" : "act plain"}
            aria-keyshortcuts="o"
            onClick={takeOver}
          >
            {thread.ledBy ? (isAsked ? `Take it from ${thread.ledBy.id}` : "Take over…") : "Take over"}{" "}
            <kbd>o</kbd>
          </button>
        </p>
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** Mounted where there is something to leave: what was opened last hears first. */
function Unless({ escaped }: { escaped(): void }) {
  useKeys({ Escape: escaped });
  return null;
}

function Write({ id, isJustTaken, again }: { id: string; isJustTaken: boolean; again(): void }) {
  const own = `thread ${id}`;
  const [text, setText] = useKept(`${own} text`, () => "");
  const [note, setNote] = useKept(`${own} note`, () => "");
  const [isEnding, setEnding] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = useRef<{ text: string; id: string } | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const name = useId();
  // Whoever comes to what they lead already reads first: their keys are keys.
  const isReading = useRef(!isJustTaken);
  useEffect(() => {
    if (!isReading.current) field.current?.focus();
    isReading.current = false;
  }, [isEnding]);
  // Handed back, the field is gone; who typed in it goes on in the conversation.
  useEffect(() => () => document.querySelector<HTMLElement>(".turns")?.focus(), []);
  useKeys({ o: () => field.current?.focus(), b: () => setEnding(true) });

  const act = async (what: () => Promise<unknown>, done: () => void): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await what();
      done();
      again();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error.message);
      if (error.code !== "away") again();
    } finally {
      setBusy(false);
    }
  };
  const send = (): void => {
    if (text.trim() === "") return;
    // The same words again after a lost connection are the same message.
    if (attempt.current?.text !== text) attempt.current = { text, id: crypto.randomUUID() };
    const { id: messageId } = attempt.current;
    void act(
      () => api.write(id, text, messageId),
      () => {
        attempt.current = null;
        setText("");
      },
    );
  };
  const handBack = (): void =>
    void act(
      () => api.handBack(id, note.trim()),
      () => forget(own),
    );

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isEnding) handBack();
        else send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          event.currentTarget.requestSubmit();
        } else if (event.key === "Escape") {
          event.preventDefault();
          if (isEnding) setEnding(false);
          else field.current?.blur();
        }
      }}
    >
      <label htmlFor={name}>
        {isEnding
          ? "A note for the agent, which then goes on. Who chats does not see it. It may stay empty."
          : "You lead this conversation, and the agent is silent. What you write reaches who chats."}
      </label>
      <textarea
        key={isEnding ? "note" : "text"}
        ref={field}
        id={name}
        rows={2}
        value={isEnding ? note : text}
        onChange={({ target }) => (isEnding ? setNote : setText)(target.value)}
      />
      <div className="acts">
        {isEnding ? (
          <>
            <button type="submit" className="act go" disabled={isBusy}>
              Hand back <kbd>Ctrl Enter</kbd>
            </button>
            <button type="button" className="act plain" onClick={() => setEnding(false)}>
              Not yet <kbd>Esc</kbd>
            </button>
          </>
        ) : (
          <>
            <button type="submit" className="act go" disabled={isBusy || text.trim() === ""}>
              Send <kbd>Ctrl Enter</kbd>
            </button>
            <button type="button" className="act plain" aria-keyshortcuts="b" onClick={() => setEnding(true)}>
              Hand back… <kbd>b</kbd>
            </button>
          </>
        )}
      </div>
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
