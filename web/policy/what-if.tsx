// What another threshold would mean for one kind of call: how much people would look at, how much would slip through, and
// which of the decided calls would be decided otherwise.
import { useEffect, useId, useRef, useState } from "react";
import { api, type AutonomyAdvice, type DecidedCase, type KindOfCall, type PolicyInForce } from "../api.js";
import { Advised } from "./advised.js";
import { linkTo } from "../router.js";
import { Age } from "../text.js";
import { useFresh } from "../use-fresh.js";
import { Curve } from "./curve.js";
import { foretell, turnedBetween, type Threshold, type Turned } from "./foretell.js";
import { Scores } from "./scores.js";
import { conversations, percent, scoreOf, thresholdInWords } from "./words.js";

export function WhatIf({ kind, routing }: { kind: KindOfCall; routing: PolicyInForce["routing"] }) {
  const { seen, problem, again } = useFresh(kind.id, () => readKind(kind.id));
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className="what-if" aria-labelledby={`what-if-${kind.id}`}>
      <h4 ref={title} id={`what-if-${kind.id}`} tabIndex={-1}>
        What if…
      </h4>
      {seen ? (
        <Answer {...seen} routing={routing} earned={kind.earned} />
      ) : problem ? (
        <p className="problem" role="alert">
          It cannot be shown: {problem.message}{" "}
          <button type="button" className="link" onClick={again}>
            Try again
          </button>
        </p>
      ) : (
        <div className="skeleton" role="progressbar" aria-label="Loading" />
      )}
      <p className="foot">
        Nothing is changed here. What runs by itself follows from <code>maxError</code> and{" "}
        <code>confidence</code> under <code>routing:</code> in the policy file; <code>sample</code> says how
        much of it is shown all the same, and <code>bands</code> who looks at what scores less.
      </p>
    </section>
  );
}

async function readKind(kind: string): Promise<{ cases: DecidedCase[]; advice: AutonomyAdvice }> {
  const [{ items: cases }, advice] = await Promise.all([api.decidedCases(kind), api.advice(kind)]);
  return { cases, advice };
}

function Answer({
  cases,
  advice,
  routing,
  earned,
}: {
  cases: readonly DecidedCase[];
  advice: AutonomyAdvice;
  routing: PolicyInForce["routing"];
  earned: KindOfCall["earned"];
}) {
  switch (advice.kind) {
    case "gated":
      return (
        <p>Such calls cannot be undone: each waits for a person, whatever it scores. Nothing is proposed.</p>
      );
    case "unrouted":
      return <p>The policy in force lets no call run by its score.</p>;
    case "undecided":
      return (
        <p>
          {earned.kind === "none" && earned.withdrawnAt !== null
            ? "Nobody has decided such a call since it was withdrawn, and what was decided before counts no more."
            : "Nobody has decided such a call yet."}{" "}
          It takes {conversations(advice.needed)} at least before anything can be said.
        </p>
      );
    case "advised":
      return routing && <Slider {...{ cases, advice, routing }} />;
  }
}

type Advice = Extract<AutonomyAdvice, { kind: "advised" }>;

/** The last step of the slider, above every score: all are looked at. */
const none = 101;

function Slider({
  cases,
  advice,
  routing,
}: {
  cases: readonly DecidedCase[];
  advice: Advice;
  routing: NonNullable<PolicyInForce["routing"]>;
}) {
  const { threshold: inForce, maxError } = advice.inForce;
  const proposed = advice.proposal.kind === "promise" ? advice.proposal.to.threshold : inForce;
  const [threshold, setThreshold] = useState<Threshold>(inForce);
  const id = useId();
  const foretold = foretell(cases, threshold, routing);
  return (
    <>
      <Scores cases={cases} threshold={threshold} />
      <div className="slide">
        <label className="sr" htmlFor={id}>
          Threshold
        </label>
        <input
          id={id}
          type="range"
          min={1}
          max={none}
          step={1}
          value={stepOf(threshold)}
          aria-valuetext={thresholdInWords(threshold)}
          onChange={({ target }) => setThreshold(thresholdAt(Number(target.value)))}
        />
        <Mark at={inForce} words="in force" />
        {proposed !== inForce && <Mark at={proposed} words="advised" />}
      </div>
      {foretold && (
        <div className="foretold">
          <output htmlFor={id}>
            <strong className="earned">{thresholdInWords(threshold)}</strong>
            <span className="figure">
              <strong>{percent(foretold.review)}</strong> looked at by a person
              {threshold !== null && (
                <span className="muted">
                  , with the {percent(routing.sample)} by chance of what would not wait
                </span>
              )}
            </span>
            <span className="figure">
              <strong>{percent(foretold.missed)}</strong> would run and be wrong
              {foretold.wrong !== null && (
                <span className={foretold.wrong > maxError ? "is-too-much" : "muted"}>
                  : {percent(foretold.wrong)} of what runs, where {percent(maxError)} may be
                </span>
              )}
            </span>
            {foretold.warnings.includes("above-30-percent-reviewed") && (
              <span className="warning">Nobody reads more than 30 % with care.</span>
            )}
            {foretold.warnings.includes("below-2-percent-reviewed") && (
              <span className="warning">With less than 2 % nobody stays in practice.</span>
            )}
            <span className="muted">
              Of all decisions the policy wants {percent(routing.target.from)} to {percent(routing.target.to)}{" "}
              looked at.
            </span>
          </output>
          <Curve {...{ cases, maxError, foretold }} />
        </div>
      )}
      <Advised advice={advice} shown={threshold} show={setThreshold} />
      <TurnedCalls turned={turnedBetween(cases, inForce, threshold, routing)} />
    </>
  );
}

function stepOf(threshold: Threshold): number {
  return threshold === null ? none : Math.max(1, Math.round(threshold * 100));
}

function thresholdAt(step: number): Threshold {
  return step === none ? null : step / 100;
}

/** Under the slider, where its thumb would be. */
function Mark({ at, words }: { at: Threshold; words: string }) {
  const part = (stepOf(at) - 1) / (none - 1);
  const side = part > 0.6 ? "is-left" : "is-right";
  return (
    <span
      className={`threshold-mark ${side}`}
      style={{ left: `calc(8px + (100% - 16px) * ${part})` }}
      aria-hidden="true"
    >
      {words}
    </span>
  );
}

const mostTurned = 20;

function TurnedCalls({ turned }: { turned: readonly Turned[] }) {
  if (turned.length === 0) return null;
  const wrong = turned.filter(({ call }) => call.isWrong).length;
  return (
    <>
      <h5>
        {turned.length.toLocaleString()} decided {turned.length === 1 ? "call" : "calls"} would be on the
        other side, {wrong.toLocaleString()} of them wrong
      </h5>
      <ul className="cases">
        {turned.slice(0, mostTurned).map(({ call, change }) => (
          <li key={call.reviewId}>
            <a {...linkTo({ room: "queue", id: call.reviewId })}>
              {call.isWrong ? "wrong" : "right"}, {scoreOf(call.score)}
            </a>
            <span>
              would {change === "runs" ? "run" : "wait"} ·{" "}
              <a {...linkTo({ room: "thread", id: call.threadId, from: call.reviewId })}>conversation</a>
            </span>
            <span className="muted">
              <Age at={call.decidedAt} /> ago
            </span>
          </li>
        ))}
      </ul>
      {turned.length > mostTurned && (
        <p className="foot">and {(turned.length - mostTurned).toLocaleString()} more</p>
      )}
    </>
  );
}
