// What stands there before anything was ever proposed: how an agent is connected, and one hold to look at.
import { useEffect, useState } from "react";
import { api, Problem, type Activity, type Review } from "./api.js";

const ways = [
  {
    where: "In your program",
    code: "const holdpoint = await createHoldpoint({ model, tools, database });",
  },
  {
    where: "Served here, by langgraph.json",
    code: '{ "graphs": { "support": "./agents/support.ts:graph" } }',
  },
  {
    where: "In an agent of LangChain’s",
    code: "createAgent({ model, tools, middleware: [holdpointMiddleware({ database })] });",
  },
] as const;

export function FirstRun({ demo }: { demo: Demo }) {
  return (
    <div className="first-run">
      <h1>No agent has proposed anything yet</h1>
      <p>
        What an agent may not do alone appears here by itself. An agent is connected by one line, on the
        database of this server:
      </p>
      <dl>
        {ways.map(({ where, code }) => (
          <div key={where}>
            <dt>{where}</dt>
            <dd>
              <code>{code}</code>
            </dd>
          </div>
        ))}
      </dl>
      {demo.offered && (
        <>
          <p>Or see how it looks: the example agent is asked to “{demo.offered.text}”, and that is held.</p>
          <p className="acts">
            <button type="button" className="act go" disabled={demo.isAsked} onClick={demo.ask}>
              {demo.isAsked ? "Asked; it appears in a moment…" : "Make a demo hold"}
            </button>
          </p>
        </>
      )}
      {demo.problem !== null && (
        <p className="problem" role="alert">
          {demo.problem}
        </p>
      )}
    </div>
  );
}

export interface Demo {
  offered: Activity["demo"];
  isAsked: boolean;
  problem: string | null;
  ask(): void;
}

/** Asks the demo agent as any client would; what it proposes is opened when it waits. */
export function useDemo(
  offered: Activity["demo"],
  items: readonly Review[],
  open: (id: string) => void,
): Demo {
  const [awaited, setAwaited] = useState<"nothing" | { threadId: string | null }>("nothing");
  const [problem, setProblem] = useState<string | null>(null);
  const threadId = awaited === "nothing" ? null : awaited.threadId;
  const held = items.find((review) => review.threadId === threadId)?.id ?? null;
  useEffect(() => {
    if (held === null) return;
    setAwaited("nothing");
    open(held);
  }, [held, open]);
  return {
    offered,
    isAsked: awaited !== "nothing",
    problem,
    ask() {
      if (!offered || awaited !== "nothing") return;
      setAwaited({ threadId: null });
      setProblem(null);
      api.begin(offered.assistantId, offered.text).then(
        (begun) => setAwaited({ threadId: begun }),
        (error: unknown) => {
          if (!(error instanceof Problem)) throw error;
          setAwaited("nothing");
          setProblem(error.message);
        },
      );
    },
  };
}
