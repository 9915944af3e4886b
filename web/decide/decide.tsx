// Deciding: one key opens a step, Enter confirms it, Escape goes back. What was typed stays when the server is away.
import { useState, type ReactNode } from "react";
import {
  api,
  Problem,
  type DecisionRequest,
  type Fault,
  type MayDecide,
  type Me,
  type Review,
  type ReviewContext,
} from "../api.js";
import type { Hold as Opened } from "../../react/use-hold.js";
import { isAsked } from "../hold/asked.js";
import { isPolicyChange } from "../hold/policy-change.js";
import { forget, useKept } from "../../react/kept.js";
import { useKeys } from "../keys.js";
import { isOperator } from "../operator.js";
import { acts, besides, type Act, type Step } from "./acts.js";
import { Possession, usePossession } from "./possession.js";
import { Reply } from "./reply.js";
import { Foreign } from "../../react/text.js";
import { Person } from "../text.js";
import { StepForm } from "./step-form.js";
import { Votes } from "./votes.js";

export function Decide({
  review,
  context,
  me,
  decide,
  decided,
  overtaken,
  told,
  together,
}: {
  review: Review;
  context: ReviewContext | null;
  me: Me;
  decide: Opened["decide"];
  /** It was decided here. */
  decided(review: Review): void;
  /** What stands on the server is not what stands here. */
  overtaken(): void;
  /** Something else was done with it. */
  told(text: string): void;
  /** The way to those that are like it. */
  together: ReactNode;
}) {
  // To these arguments and no others: changed ones are looked at anew.
  const own = `${review.id} ${review.argsHash}`;
  const [step, setStep] = useKept<Step>(`${own} step`, () => "none");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const possession = usePossession(review, me.id);
  // Who gave it to somebody may take it back from them.
  const given = context?.events.findLast(({ kind }) => kind === "handed_on" || kind === "claimed");
  const isGivenByMe = given?.kind === "handed_on" && given.by.id === me.id;
  const isTheirs = possession === "theirs";
  // What an agent asks is answered in a form that stands open.
  const isReply = isAsked(review);
  const openBlocks = review.draft?.blocks.filter(({ isOpen }) => isOpen).length ?? 0;
  const mayAnswer = ({ step: to }: Act): boolean =>
    review.allowedAnswers.includes(to) &&
    !(to === "respond" && isReply) &&
    !(openBlocks > 0 && (to === "approve" || to === "edit"));
  const bar = context?.mayDecide ?? null;
  const isBarred = bar !== null && !bar.may;
  const able =
    isTheirs || isBarred
      ? []
      : acts.filter((act) => mayAnswer(act) && !(bar?.mayRelease === false && isRelease(act)));
  const hasAgent = review.kind !== "question" && !isPolicyChange(review);
  // Who is asked something by whoever has it can say it.
  const others = besides.filter(
    ({ step: to }) =>
      to === "comment" || (!isTheirs && bar?.mayHandle !== false && (to !== "ask" || hasAgent)),
  );
  const close = (): void => {
    setStep("none");
    setProblem(null);
    forget(own);
    document.getElementById("hold-title")?.focus();
  };

  const run = async (work: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      if (
        ["review_already_decided", "decision_stale", "review_claimed", "already_voted"].includes(error.code)
      )
        overtaken();
    } finally {
      setBusy(false);
    }
  };
  const send = (decision: Omit<DecisionRequest, "argsHash">): Promise<void> =>
    run(async () => {
      const after = await decide({ ...decision, undo: true });
      forget(own);
      decided(after);
    });
  const passedOn = (text: string): void => {
    close();
    told(text);
    overtaken();
  };
  const takeOrGive = (): void => {
    const isGiving = possession !== "nobody";
    void run(async () => {
      await (isGiving ? api.release(review.id) : api.claim(review.id));
      told(`${isGiving ? "Given back" : "Yours"}: ${review.title}`);
      overtaken();
    });
  };
  const takeBack = (): void => {
    void run(async () => {
      await api.undo(review.id);
      told(`Vote taken back: ${review.title}`);
      overtaken();
    });
  };
  // An account may not exist for which it is kept, or nobody knows when its holder is back.
  const mayTakeOrGive = isTheirs ? isGivenByMe || isOperator(me) : !(isBarred && possession === "nobody");

  useKeys(
    step === "none"
      ? {
          ...Object.fromEntries([...able, ...others].map(({ key, step: to }) => [key, () => setStep(to)])),
          ...(mayTakeOrGive ? { m: takeOrGive } : {}),
        }
      : { Escape: close },
  );

  return (
    <div className="decide" aria-label="Decide" role="group">
      {possession !== "nobody" && step === "none" && <Possession review={review} of={possession} />}
      {step === "none" && isReply && !isTheirs && !isBarred && <Reply {...{ own, review, isBusy, send }} />}
      {step === "none" ? (
        <>
          <Votes review={review} me={me.id} takeBack={takeBack} />
          {bar !== null && !bar.mayRelease && bar.why !== "over" && (
            <p className="barred" role="status">
              {barWords[bar.why ?? "role"]} <span className="muted">{bar.text}</span>
            </p>
          )}
          {bar?.onBehalfOf != null && (
            <p className="muted">
              You decide it for <Person id={bar.onBehalfOf} />.
            </p>
          )}
          {openBlocks > 0 && !isTheirs && (
            <p className="muted to-go">
              It can be approved once its words are finished: {openBlocks} to go <kbd>w</kbd>
            </p>
          )}
          <div className="acts">
            {able.map(({ step: to, key, label, tone }) => (
              <button
                type="button"
                key={to}
                className={`act ${tone}`}
                onClick={() => setStep(to)}
                aria-keyshortcuts={key}
              >
                {to === "respond" && review.kind === "question" ? "Answer" : label} <kbd>{key}</kbd>
              </button>
            ))}
          </div>
          <div className="besides">
            {mayTakeOrGive && (
              <button type="button" className="link" aria-keyshortcuts="m" onClick={takeOrGive}>
                {takeOrGiveWords[isTheirs && !isGivenByMe ? "others" : possession]} <kbd>m</kbd>
              </button>
            )}
            {others.map(({ step: to, key, label }) => (
              <button
                type="button"
                key={to}
                className="link"
                aria-keyshortcuts={key}
                onClick={() => setStep(to)}
              >
                {label} <kbd>{key}</kbd>
              </button>
            ))}
            {!isBarred && together}
          </div>
        </>
      ) : (
        <StepForm
          key={step}
          {...{ step, own, review, context, isBusy, faults: faultsIn(problem), close, send, run, passedOn }}
          again={overtaken}
        />
      )}
      {problem !== null && (
        <p className="problem" role="alert">
          <Foreign text={problem.message} />
        </p>
      )}
    </div>
  );
}

/** Of what waits as it is: changed, it may be another matter. */
function isRelease({ step }: Act): boolean {
  return step === "approve" || step === "retry";
}

const takeOrGiveWords = {
  nobody: "Take it",
  mine: "Give it back",
  /** They have it from the reader. */
  theirs: "Take it back",
  others: "Give it back to all",
} as const;

const barWords = {
  agent: "Agents decide nothing.",
  role: "You have no role for this.",
  turn: "It is not your turn.",
  asked: "You asked for this.",
  voted: "You have voted.",
  over: "It is over.",
  over_limit: "This is over your limit.",
} as const satisfies Record<NonNullable<MayDecide["why"]>, string>;

/** The refusal of arguments says which of them are wrong. */
function faultsIn(problem: Problem | null): readonly Fault[] {
  return problem?.code === "args_invalid" ? ((problem.details["faults"] ?? []) as Fault[]) : [];
}
