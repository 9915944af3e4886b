// What was said, and what became of each call: it waits, it is under way, or it has its answer.
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { HoldCard, inWords, type HeldInChat, type HoldCardProps } from "holdpoint/react";
import type { ReactNode } from "react";
import type { Kept } from "./use-kept.ts";
import { messageOf } from "./words.ts";

type Decision = Parameters<HoldCardProps["decide"]>[0];

export interface ConversationProps {
  messages: readonly BaseMessage[];
  holds: readonly HeldInChat[];
  decide(hold: HeldInChat, decision: Decision): Promise<void>;
  takesFocus: boolean;
  /** What was said and is not heard yet. */
  kept: readonly Kept[];
}

export function Conversation({ messages, holds, decide, takesFocus, kept }: ConversationProps): ReactNode {
  const answers = new Map(
    messages.flatMap((message) => (ToolMessage.isInstance(message) ? [[message.tool_call_id, message]] : [])),
  );
  const waitsAt = messages.findLastIndex((message) =>
    callsOf(message).some(({ id }) => holdOf(id) !== undefined),
  );
  return (
    <>
      {messages.map(shown)}
      {kept.map(({ id, text }) => (
        <SaidByUser key={id} text={text} isKept />
      ))}
    </>
  );

  function holdOf(callId: string | undefined): HeldInChat | undefined {
    return holds.find(({ toolCallId }) => toolCallId === callId);
  }

  function shown(message: BaseMessage, index: number): ReactNode {
    const key = message.id ?? index;
    if (HumanMessage.isInstance(message))
      return <SaidByUser key={key} text={message.text} isKept={waitsAt >= 0 && index > waitsAt} />;
    if (!AIMessage.isInstance(message)) return null;
    return (
      <div key={key} className="said-by-agent">
        {message.text !== "" && <p>{message.text}</p>}
        {callsOf(message).map(({ id = "", name }) => {
          const hold = holdOf(id);
          return hold ? (
            // What waits may be changed by somebody else; it is another question then. Its words are changed in the card.
            <HoldCard
              key={hold.hasDraft ? id : `${id} ${hold.argsHash}`}
              hold={hold}
              decide={(decision) => decide(hold, decision)}
              wordsFor={messageOf}
              takesFocus={takesFocus && hold === holds[0]}
            />
          ) : (
            <CallLine key={id} name={name} answer={answers.get(id)} />
          );
        })}
      </div>
    );
  }
}

function callsOf(message: BaseMessage): NonNullable<AIMessage["tool_calls"]> {
  return AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
}

function SaidByUser({ text, isKept }: { text: string; isKept: boolean }): ReactNode {
  return (
    <div className={isKept ? "said-by-user kept" : "said-by-user"}>
      <p>{text}</p>
      {isKept && <p className="quiet">Not heard yet</p>}
    </div>
  );
}

function CallLine({ name, answer }: { name: string; answer: ToolMessage | undefined }): ReactNode {
  if (!answer)
    return (
      <p className="call">
        <span className="mark working" aria-hidden="true" />
        {inWords(name)}: under way
      </p>
    );
  const isDone = answer.status !== "error";
  return (
    <details className={isDone ? "call" : "call call-failed"}>
      <summary>
        <span className="mark" aria-hidden="true">
          {isDone ? "✓" : "×"}
        </span>
        {inWords(name)}: {isDone ? "done" : "not done"}
      </summary>
      <pre>{answer.text}</pre>
    </details>
  );
}
