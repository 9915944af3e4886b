import type { StoryTurn } from "../api.js";
import { Foreign } from "../text.js";
import { Call } from "./call.js";
import { isSame, type Entry } from "./entries.js";

export const names = {
  user: "The person who chats",
  agent: "The agent",
  tool: "A tool",
  other: "The system",
} as const;

export function Turn({ turn, selected }: { turn: StoryTurn; selected: Entry | null }) {
  const { index, who, text, calls } = turn;
  return (
    <article
      className={`turn ${who} ${isSame(selected, { turn: index, call: -1 }) ? "selected" : ""}`}
      data-entry={`${index} -1`}
      tabIndex={-1}
      aria-label={names[who]}
    >
      {(text !== "" || calls.length === 0) && (
        <>
          <p className="who">{names[who]}</p>
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
        />
      ))}
    </article>
  );
}
