// A call in its place: what it was to do, why it was held, who decided what, what came of it.
import type { ReactNode } from "react";
import type { StoryCall, StoryHold } from "../api.js";
import { Args } from "../hold/args.js";
import { linkTo } from "../router.js";
import { Foreign, visible } from "../../react/text.js";
import { Age, Person } from "../text.js";
import { done, marks } from "../words.js";
import { Complain } from "./complain.js";
import { isOpen, openHold } from "./entries.js";

export function Call({
  call,
  isSelected,
  name,
  again,
}: {
  call: StoryCall;
  isSelected: boolean;
  name: string;
  again(): void;
}) {
  const { tool, args, record, answer } = call;
  const first = record?.holds[0];
  const waits = openHold(call);
  return (
    <section
      className={`call ${waits ? "waits" : ""} ${isSelected ? "selected" : ""}`}
      data-entry={name}
      tabIndex={-1}
      aria-label={first?.title ?? tool}
    >
      <header>
        {first && (
          <span className={`mark ${first.level}`} title={marks[first.level].word}>
            <span aria-hidden="true">{marks[first.level].shape}</span>
            <span className="sr">{marks[first.level].word}: </span>
          </span>
        )}
        <h3>{first ? <bdi>{visible(first.title)}</bdi> : <code>{visible(tool)}</code>}</h3>
        <span className={`state ${stateOf(call)}`}>{stateWords[stateOf(call)]}</span>
      </header>
      <details open={waits !== null}>
        <summary>
          <code>{visible(tool)}</code> <bdi>{visible(argsInShort(args))}</bdi>
        </summary>
        <Args args={args} />
      </details>
      {record && (first || record.route === "refuse") && (
        <Step what={record.route === "refuse" ? "Refused" : "Held"} at={first?.openedAt ?? record.createdAt}>
          {record.reasons.length === 0
            ? "a call of this kind always waits for a person"
            : record.reasons.map(({ rule, text }, index) => (
                <span key={`${rule} ${text}`}>
                  {index > 0 && " "}
                  <Foreign text={text} />
                </span>
              ))}
        </Step>
      )}
      {record?.holds.map((hold) => (
        <Decided key={hold.id} hold={hold} />
      ))}
      <Outcome call={call} />
      {record?.execution && <WentWrong {...{ tool, isSelected, again }} execution={record.execution} />}
      {!record?.execution && answer && <Told answer={answer.text} />}
      {waits && <Decide hold={waits} />}
    </section>
  );
}

export function Decide({ hold }: { hold: StoryHold }) {
  return (
    <p className="to-hold">
      <a className="act go" {...linkTo({ room: "queue", id: hold.id })}>
        {hold.kind === "settle" ? "Say whether it happened" : hold.kind === "question" ? "Answer" : "Decide"}{" "}
        <kbd>Enter</kbd>
      </a>
      <span className="muted">
        waits for {hold.tier}, <Age at={hold.openedAt} /> by now
      </span>
    </p>
  );
}

function Decided({ hold }: { hold: StoryHold }) {
  const { decision, kind, status } = hold;
  if (isOpen(hold)) {
    return kind === "settle" ? (
      <Step what="Outcome unknown" at={hold.openedAt}>
        it was attempted, and nobody knows whether it happened
      </Step>
    ) : null;
  }
  if (!decision)
    return <Step what={status === "expired" ? "Ran out" : "Withdrawn"}>nobody decided on it any more</Step>;
  const said = decision.reason ?? decision.message;
  return (
    <>
      <Step what={done[decision.type] ?? decision.type} at={decision.decidedAt}>
        by{" "}
        <strong>
          <Person id={decision.decidedBy.id} />
        </strong>
        {said !== null && (
          <blockquote>
            <Foreign text={said} />
          </blockquote>
        )}
      </Step>
      {decision.type === "edit" && <Args args={decision.args} />}
    </>
  );
}

function Outcome({ call: { record } }: { call: StoryCall }) {
  const execution = record?.execution;
  if (!execution) return null;
  const said = execution.result ?? execution.error;
  const what = { claimed: "Running", succeeded: "Done", failed: "Failed", unknown: "Attempted" }[
    execution.state
  ];
  return (
    <Step what={what} at={execution.settledAt ?? execution.startedAt}>
      {said !== null && said !== "" && (
        <blockquote>
          <Foreign text={said} />
        </blockquote>
      )}
    </Step>
  );
}

type Execution = NonNullable<NonNullable<StoryCall["record"]>["execution"]>;

/** Of what was attempted: what people said of it afterwards. */
function WentWrong({
  execution: { id, state, complaints },
  ...more
}: {
  execution: Execution;
  tool: string;
  isSelected: boolean;
  again(): void;
}) {
  return (
    <>
      {complaints.map(({ id: key, text, by, at }) => (
        <Step key={key} what="Complaint" at={at}>
          told by{" "}
          <strong>
            <Person id={by.id} />
          </strong>
          <blockquote>
            <Foreign text={text} />
          </blockquote>
        </Step>
      ))}
      {state !== "claimed" && <Complain executionId={id} {...more} />}
    </>
  );
}

function Told({ answer }: { answer: string }) {
  return (
    <Step what="Answer">
      <blockquote>
        <Foreign text={answer} />
      </blockquote>
    </Step>
  );
}

function Step({ what, at, children }: { what: string; at?: string; children?: ReactNode }) {
  return (
    <div className="step-done">
      <span className="what">
        {what}
        {at !== undefined && (
          <span className="muted">
            {" "}
            <Age at={at} /> ago
          </span>
        )}
      </span>
      <div>{children}</div>
    </div>
  );
}

type State = keyof typeof stateWords;

const stateWords = {
  waits: "waits for a person",
  going: "is being carried out",
  done: "done",
  failed: "failed",
  unknown: "outcome unknown",
  refused: "did not run",
  open: "no answer yet",
  answered: "answered",
} as const;

function stateOf(call: StoryCall): State {
  const { record, answer } = call;
  switch (record?.execution?.state) {
    case "claimed":
      return "going";
    case "succeeded":
      return "done";
    case "failed":
      return "failed";
    case "unknown":
      return "unknown";
    case undefined:
      break;
  }
  if (openHold(call)) return "waits";
  if (!record) return answer ? "answered" : "open";
  if (record.route === "refuse" || answer) return "refused";
  return record.holds.some(({ decision }) => decision) ? "going" : "open";
}

/** What is long or deep is seen when it is opened. */
function argsInShort(args: Record<string, unknown>): string {
  const parts = Object.entries(args).map(([name, value]) =>
    typeof value === "object" && value !== null ? name : `${name} ${String(value).slice(0, 40)}`,
  );
  return parts.join(", ").slice(0, 120);
}
