import type { StoryMoment, StoryTurn } from "../api.js";
import { Foreign } from "../../react/text.js";
import { Age, Person } from "../text.js";
import { Call } from "./call.js";
import { isSame, type Entry } from "./entries.js";

export const names = {
  user: "The person who chats",
  agent: "The agent",
  tool: "A tool",
  other: "The system",
} as const;

export function Turn({
  turn,
  moments,
  selected,
  again,
}: {
  turn: StoryTurn;
  moments: readonly StoryMoment[];
  selected: Entry | null;
  again(): void;
}) {
  const { index, who, text, writtenBy, calls } = turn;
  const name = writtenBy ?? names[who];
  return (
    <article
      className={`turn ${who} ${isSame(selected, { turn: index, call: -1 }) ? "selected" : ""}`}
      data-entry={`${index} -1`}
      tabIndex={-1}
      aria-label={name}
    >
      {(text !== "" || calls.length === 0) && (
        <>
          <p className="who">
            <Person id={name} />
            {writtenBy !== null && <span className="muted"> in the agent’s place</span>}
          </p>
          {text === "" ? (
            <p className="muted">said nothing</p>
          ) : (
            <blockquote>
              <Foreign text={text} />
            </blockquote>
          )}
        </>
      )}
      {calls.map((call, at) => (
        <Call
          key={call.callId || at}
          call={call}
          name={`${index} ${at}`}
          isSelected={isSame(selected, { turn: index, call: at })}
          again={again}
        />
      ))}
      <Moments moments={moments.filter(({ after }) => after === turn.id)} />
    </article>
  );
}

export function Moments({ moments }: { moments: readonly StoryMoment[] }) {
  return moments.map(({ what, by, at, note }) => (
    <p className="moment" key={`${what} ${at}`}>
      <Person id={by} />{" "}
      {what === "taken over" ? "took the conversation over" : "handed it back to the agent"}, <Age at={at} />{" "}
      ago
      {note !== null && (
        <>
          , with a note: <Foreign text={note} />
        </>
      )}
    </p>
  ));
}
