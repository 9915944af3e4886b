// A whole conversation, live: what was said, and every call in its place.
import { useEffect, useRef, useState } from "react";
import { useKeys } from "../keys.js";
import { RoomLinks } from "../room-links.js";
import { back, go } from "../router.js";
import { Foreign } from "../../react/text.js";
import { Age, Id } from "../text.js";
import { Lead } from "./lead.js";
import { Moments } from "./turn.js";
import { entryBeside, entryOf, holdAt, type Entry } from "./entries.js";
import { Turns } from "./turns.js";
import { useStory, type ReadStory } from "./use-story.js";

export function Thread({ me, id, from }: { me: string; id: string; from: string | null }) {
  const story = useStory(id);
  const { turns, total, waiting } = story;
  const [selected, select] = useState<Entry | null>(null);
  // Whoever came from a hold or for a call begins at it.
  const isPlaced = useRef(from === null);
  useEffect(() => {
    if (isPlaced.current || turns.size === 0) return;
    isPlaced.current = true;
    const at = entryOf(from ?? "", turns);
    if (at) select(at);
  }, [from, turns]);

  const count = total + waiting.length;
  const callsOf = (index: number): number => turns.get(index)?.calls.length ?? 0;
  const move = (by: 1 | -1): void => select((before) => entryBeside(before, by, count, callsOf));
  const open = (): void => {
    const hold =
      holdAt(selected, turns.get(selected?.turn ?? -1)) ?? waiting[(selected?.turn ?? -1) - total] ?? null;
    if (hold) go({ room: "queue", id: hold.id });
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: open, Escape: back });

  return (
    <div className="thread-room">
      <header className="room-head">
        <button type="button" className="link" onClick={back}>
          ← Back <kbd>Esc</kbd>
        </button>
        <RoomLinks at="thread" />
        <p className="line" role="status">
          {stateOf(story)}
        </p>
      </header>
      <main aria-label="Conversation" className="thread">
        {story.problem ? (
          <Missing story={story} />
        ) : (
          <Whole id={id} story={story} {...{ selected, select }} />
        )}
      </main>
      <Lead me={me} id={id} story={story} />
      <p className="hint">
        <kbd>j</kbd> <kbd>k</kbd> move · <kbd>Enter</kbd> open what waits · <kbd>Esc</kbd> back
      </p>
    </div>
  );
}

function Whole({
  id,
  story,
  selected,
  select,
}: {
  id: string;
  story: ReadStory;
  selected: Entry | null;
  select(entry: Entry): void;
}) {
  const { thread, total, waiting } = story;
  if (!thread) return <div className="skeleton tall" role="progressbar" aria-label="Loading" />;
  const { graphId, createdAt, isKeptHere } = thread;
  return (
    <>
      <div className="thread-head">
        <h1>{graphId === null ? "Conversation" : `Conversation with ${graphId}`}</h1>
        <p className="kicker">
          <span>
            Thread <Id value={id} what="id of the thread" />
          </span>
          {createdAt !== null && (
            <span>
              begun <Age at={createdAt} /> ago
            </span>
          )}
          <span>
            {total.toLocaleString()}{" "}
            {isKeptHere ? (total === 1 ? "turn" : "turns") : total === 1 ? "call" : "calls"}
          </span>
        </p>
        <Moments moments={story.moments.filter(({ after }) => after === null)} />
        {!isKeptHere && (
          <p className="notice">
            What was said is not kept here: another server runs this conversation, or its agent is not served
            by this one. Every call it made stands on record.
          </p>
        )}
      </div>
      {total + waiting.length === 0 ? (
        <p className="empty">Nobody has said anything yet. What is said appears here by itself.</p>
      ) : (
        <Turns {...{ story, selected, select }} />
      )}
    </>
  );
}

function Missing({ story: { problem } }: { story: ReadStory }) {
  return (
    <div className="resting" role="alert">
      <h1>{problem?.code === "not_found" ? "There is no such conversation" : "It cannot be shown"}</h1>
      <p>
        {problem?.code === "not_found"
          ? "It was deleted, or the address is not whole. What was decided and done in a deleted one stays on record."
          : problem && <Foreign text={problem.message} />}
      </p>
    </div>
  );
}

function stateOf({ isConnected, isAtWork, thread, problem }: ReadStory): string {
  if (problem && problem.code !== "away") return "";
  if (!isConnected) return "Not connected. It is tried again by itself.";
  if (!thread) return "";
  return isAtWork ? "The agent is at work." : "";
}
