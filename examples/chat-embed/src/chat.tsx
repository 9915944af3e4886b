// A support desk to talk to. The hook of @langchain/react keeps its page connected to a conversation in which something
// waits: it goes on here whoever decides, wherever they do it, and nothing is polled.
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { useStream, useSubmissionQueue } from "@langchain/react";
import { holdsIn, type HeldInChat } from "holdpoint/react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Composer } from "./composer.tsx";
import { Conversation, type ConversationProps } from "./conversation.tsx";
import { useMayDecide } from "./use-may-decide.ts";
import { useThreadInUrl } from "./thread-in-url.ts";
import { saidIn, useKept, type Kept } from "./use-kept.ts";
import { messageOf } from "./words.ts";

interface State extends Record<string, unknown> {
  messages: BaseMessage[];
}

/** Somebody looks at the page: they are told soon, rather than tried for. */
const callerOptions = { maxRetries: 1 };

const examples = [
  "Where is order 8841?",
  "Refund 420 EUR for order 8841",
  "E-mail the customer of order 8841",
];

export function Chat(): ReactNode {
  const [threadId, setThreadId] = useThreadInUrl();
  const stream = useStream<State>({
    apiUrl: `${location.origin}/api`,
    assistantId: "support",
    callerOptions,
    threadId,
    onThreadId: setThreadId,
  });
  const queue = useSubmissionQueue(stream);
  const [refusal, setRefusal] = useState<unknown>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const { messages, isLoading, isThreadLoading, error } = stream;
  const mayDecide = useMayDecide();
  const holds = holdsIn(stream.interrupts, messages).map(
    (hold): HeldInChat => (mayDecide === true ? hold : { ...hold, allowedAnswers: [] }),
  );
  // A refused decision is told by the card that it was made on.
  const problem = error !== undefined && error !== refusal ? messageOf(error) : null;
  const isHeard = ({ id }: Kept): boolean => messages.some((message) => message.id === id);
  const kept = [
    ...useKept(stream.client, threadId, holds.length > 0),
    // Said while the agent is at work; the page sends it when that has ended.
    ...queue.entries.flatMap(({ values }) => saidIn(values)),
  ].filter((message) => !isHeard(message));
  const isEmpty = messages.length === 0 && !isLoading && !isThreadLoading;

  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [messages.length, messages.at(-1)?.text, holds.length, kept.length]);

  const say = (text: string): void => {
    const message = new HumanMessage({ id: crypto.randomUUID(), content: text });
    void stream.submit({ messages: [message] }, { multitaskStrategy: "enqueue" });
  };
  const decide: ConversationProps["decide"] = async ({ interruptId }, decision) => {
    try {
      await stream.respond(decision, { interruptId });
      input.current?.focus({ preventScroll: true });
    } catch (error) {
      setRefusal(error);
      throw error;
    }
  };

  return (
    <div className="page">
      <header>
        <h1>Support desk</h1>
        {threadId !== null && (
          <button type="button" onClick={() => setThreadId(null)}>
            New conversation
          </button>
        )}
      </header>
      <main>
        {isThreadLoading && <p className="quiet">Opening the conversation…</p>}
        {isEmpty && problem === null && <Welcome ask={say} />}
        <Conversation
          messages={messages}
          holds={holds}
          decide={decide}
          takesFocus={(input.current?.value ?? "") === ""}
          kept={kept}
        />
        {isLoading && <p className="quiet working-line">Working…</p>}
        {problem !== null && (
          <div className="problem" role="alert">
            <p>{problem}</p>
            <button type="button" onClick={() => location.reload()}>
              Look again
            </button>
          </div>
        )}
        <div ref={end} />
      </main>
      <Composer
        say={say}
        input={input}
        hint={holds.length === 0 ? null : "New messages wait for this decision too."}
      />
      <p className="hidden" role="status">
        {statusOf(holds, isLoading, mayDecide === true)}
      </p>
    </div>
  );
}

function statusOf([hold]: readonly HeldInChat[], isLoading: boolean, mayDecide: boolean): string {
  if (hold) return `Waits for ${mayDecide ? "your decision" : "a person"}: ${hold.title}`;
  return isLoading ? "The desk is working." : "";
}

function Welcome({ ask }: { ask(text: string): void }): ReactNode {
  return (
    <section className="welcome">
      <h2>What can the desk do for you?</h2>
      <p className="quiet">
        It looks things up at once. What cannot be taken back, like a refund, waits here until a person has
        decided.
      </p>
      <ul>
        {examples.map((example) => (
          <li key={example}>
            <button type="button" onClick={() => ask(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
