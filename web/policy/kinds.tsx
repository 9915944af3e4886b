// What each kind of call has earned by what people decided of it.
import { useEffect, useRef } from "react";
import type { KindOfCall, PolicyInForce } from "../api.js";
import { Section } from "../hold/section.js";
import { linkTo, policy } from "../router.js";
import { Age } from "../text.js";
import { WhatIf } from "./what-if.js";
import { callsOfLate, conversations, percent, thresholdInWords } from "./words.js";

export function Kinds({
  kinds,
  policies,
  asked,
}: {
  kinds: readonly KindOfCall[];
  policies: readonly PolicyInForce[];
  /** The one of which it is asked what if. */
  asked: string | null;
}) {
  const current = kinds.filter(({ isCurrent }) => isCurrent);
  const old = kinds.filter(({ isCurrent }) => !isCurrent);
  const isRouted = policies.some(({ routing }) => routing !== null);
  const list = (of: readonly KindOfCall[]) => (
    <ul className="kinds">
      {of.map((kind) => (
        <Kind
          key={kind.id}
          kind={kind}
          routing={policies.find(({ agent }) => agent === kind.agent)?.routing ?? null}
          isAsked={kind.id === asked}
          isOneOfMany={policies.length > 1}
        />
      ))}
    </ul>
  );
  return (
    <Section id="kinds" title="What calls have earned">
      {!isRouted && <Unrouted />}
      {isRouted && current.length === 0 && (
        <p className="muted">
          No call was scored yet. The first one appears here by itself: one that changes something, can be put
          right, and that no rule settles.
        </p>
      )}
      {current.length > 0 && list(current)}
      {old.length > 0 && (
        <details className="old" open={old.some(({ id }) => id === asked) || undefined}>
          <summary>
            {old.length.toLocaleString()} earlier {old.length === 1 ? "kind" : "kinds"}
          </summary>
          <p className="foot">
            With another model, prompt, tool or weights than now. What they had earned does not count for
            today’s calls.
          </p>
          {list(old)}
        </details>
      )}
    </Section>
  );
}

function Unrouted() {
  return (
    <div className="unrouted">
      <p>
        No call runs by its score: what becomes of it hangs on the rules and on what its tool can do. With
        these lines in the policy file, calls that can be put right run by themselves once people’s decisions
        have shown that they are right:
      </p>
      <pre tabIndex={0} aria-label="Lines for the policy file">
        <code>
          {
            "routing:\n  maxError: 0.05 # of what runs, at most this part may be wrong …\n  confidence: 0.9 # … with at least this probability"
          }
        </code>
      </pre>
      <p className="muted">What cannot be undone waits for a person all the same.</p>
    </div>
  );
}

function Kind({
  kind,
  routing,
  isAsked,
  isOneOfMany,
}: {
  kind: KindOfCall;
  routing: PolicyInForce["routing"];
  isAsked: boolean;
  isOneOfMany: boolean;
}) {
  const { id, agent, tool, model, since } = kind;
  const link = useRef<HTMLAnchorElement>(null);
  const wasAsked = useRef(isAsked);
  // Whoever closes it is back where it was opened.
  useEffect(() => {
    if (wasAsked.current && !isAsked) link.current?.focus();
    wasAsked.current = isAsked;
  }, [isAsked]);
  return (
    <li className="kind" data-kind={id}>
      <header>
        <h3>{tool}</h3>
        <span className="muted">
          {isOneOfMany && `${agent} · `}
          {model}
        </span>
        <a
          ref={link}
          className="to-what-if"
          data-stop
          {...linkTo(isAsked ? policy : { room: "policy", kind: id })}
          aria-expanded={isAsked}
          aria-label={isAsked ? `Close ${tool}` : `What if… ${tool}`}
        >
          {isAsked ? "Close" : "What if…"}
        </a>
      </header>
      <Earned kind={kind} />
      <p className="foot">
        Of the last <Age at={since} />: {callsOfLate(kind)}
      </p>
      {isAsked && <WhatIf kind={kind} routing={routing} />}
    </li>
  );
}

function Earned({ kind: { tool, earned, maxError, confidence } }: { kind: KindOfCall }) {
  switch (earned.kind) {
    case "certified":
      return (
        <>
          <p className="earned is-running">{thresholdInWords(earned.threshold)}</p>
          <p className="muted">
            {percent(earned.share)} of them do. At most {percent(maxError)} of what runs is wrong, shown with{" "}
            {percent(confidence)} confidence by {conversations(earned.conversations)}.
          </p>
        </>
      );
    case "none":
      return (
        <>
          {earned.withdrawnAt !== null && (
            <p className="earned is-withdrawn">
              Withdrawn <Age at={earned.withdrawnAt} /> ago: more was wrong than may be
            </p>
          )}
          {earned.conversations < earned.needed ? (
            <>
              <p className={earned.withdrawnAt === null ? "earned" : undefined}>
                {earned.conversations.toLocaleString()} of at least {conversations(earned.needed)} decided
                {earned.withdrawnAt !== null && " since"}
              </p>
              <progress aria-label={`Decided of ${tool}`} value={earned.conversations} max={earned.needed} />
            </>
          ) : (
            <>
              <p className="earned">Everything is looked at</p>
              <p className="muted">
                {conversations(earned.conversations)} decided do not show that at most {percent(maxError)} of
                what would run is wrong.
              </p>
            </>
          )}
        </>
      );
  }
}
