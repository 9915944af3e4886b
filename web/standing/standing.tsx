// What people approved in advance, for everybody to see: its bounds, what of it is used up, who signed, and an end to it.
import { useState } from "react";
import { api, Problem, type StandingApproval } from "../api.js";
import { useKeys } from "../keys.js";
import { RoomLinks } from "../room-links.js";
import { back } from "../router.js";
import { AskWhy } from "../stops/ask-why.js";
import { Person } from "../text.js";
import { useFresh } from "../use-fresh.js";
import { exact } from "../words.js";
import { Foreign, visible } from "../../react/text.js";
import { amountIn, boundsIn, isLive } from "./words.js";

export function Standing() {
  const { seen, problem, again } = useFresh("standing", api.standing);
  const [revoking, setRevoking] = useState<StandingApproval | null>(null);
  const [said, setSaid] = useState("");
  const [chosen, choose] = useState<string | null>(null);
  const now = new Date();
  const items = seen?.items ?? [];
  const at = items.find(({ id }) => id === chosen) ?? items.find((one) => isLive(one, now));
  const move = (by: 1 | -1): void => {
    const index = at ? items.indexOf(at) : -1;
    // Where nothing was chosen yet, the first that is in force is.
    const to =
      items[chosen === null ? Math.max(0, index) : Math.min(items.length - 1, Math.max(0, index + by))];
    if (!to) return;
    choose(to.id);
    document.getElementById(titleOf(to))?.focus();
  };
  const sign = ({ id, tool }: StandingApproval): void => {
    api
      .signStanding(id)
      .then(
        () => setSaid(`You signed what was approved of ${tool}.`),
        (error: unknown) => {
          if (!(error instanceof Problem)) throw error;
          setSaid(error.message);
        },
      )
      .finally(again);
  };
  const isOpen = at !== undefined && isLive(at, now);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ...(isOpen && at.maySign ? { s: () => sign(at) } : {}),
    ...(isOpen && at.mayRevoke ? { r: () => setRevoking(at) } : {}),
    Escape: back,
  });
  return (
    <div className="policy-room">
      <header className="room-head">
        <p className="brand">
          <strong>Holdpoint</strong>
        </p>
        <RoomLinks at="standing" />
        <p className="line" role="status">
          {visible(problem?.message ?? said)}
        </p>
      </header>
      <main className="standing" aria-label="Approved in advance" aria-busy={!seen && !problem}>
        <h1>Approved in advance</h1>
        {seen?.items.length === 0 && (
          <p className="muted">Nothing is. A hold offers it for calls of its kind.</p>
        )}
        <ul>
          {items.map((approval) => (
            <Approval
              key={approval.id}
              approval={approval}
              isLive={isLive(approval, now)}
              hasKeys={approval === at}
              revoke={() => setRevoking(approval)}
              sign={() => sign(approval)}
            />
          ))}
        </ul>
      </main>
      {revoking && (
        <AskWhy
          title={`Revoke what was approved of ${revoking.tool}`}
          text="At once: what it released and nobody has begun waits for a person again."
          confirm="Revoke"
          act={async (why) => {
            await api.revoke(revoking.id, why);
            again();
          }}
          closed={() => setRevoking(null)}
        />
      )}
    </div>
  );
}

function Approval({
  approval,
  isLive: isOpen,
  hasKeys,
  sign,
  revoke,
}: {
  approval: StandingApproval;
  isLive: boolean;
  /** The keys are for this one. */
  hasKeys: boolean;
  sign(): void;
  revoke(): void;
}) {
  const { tool, reason, unfit, revoked, usedCount, maxCount, usedAmount, maxAmount, maySign, mayRevoke } =
    approval;
  const id = titleOf(approval);
  return (
    <li className={`${isOpen ? "" : "over"} ${hasKeys ? "at" : ""}`} aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        <bdi>{visible(tool)}</bdi>
      </h2>
      <p>
        <Foreign text={reason} />
      </p>
      <p className="muted">
        <bdi>{visible(boundsIn(approval).join(" · "))}</bdi>
      </p>
      {isOpen && unfit !== null && (
        <p className="problem">
          <Foreign text={unfit} />
        </p>
      )}
      <Bar label={`${usedCount} of ${maxCount} calls`} used={usedCount} most={maxCount} />
      {maxAmount !== null && <Bar label={amountIn(approval)} used={usedAmount} most={maxAmount} />}
      <Signatures approval={approval} />
      {revoked && (
        <p>
          Revoked by <Person id={revoked.by.id} />: <Foreign text={revoked.why} />
        </p>
      )}
      {isOpen && (maySign || mayRevoke) && (
        <p className="ways">
          {maySign && (
            <button type="button" className="link" onClick={sign} aria-describedby={id}>
              Sign it, too {hasKeys && <kbd>s</kbd>}
            </button>
          )}
          {mayRevoke && (
            <button type="button" className="link" onClick={revoke} aria-describedby={id}>
              Revoke {hasKeys && <kbd>r</kbd>}
            </button>
          )}
        </p>
      )}
    </li>
  );
}

function titleOf({ id }: StandingApproval): string {
  return `standing-${id}`;
}

function Signatures({ approval: { signers, missing, until } }: { approval: StandingApproval }) {
  return (
    <p className="muted">
      Signed by{" "}
      {signers.map((one, index) => (
        <span key={one.id}>
          {index > 0 && ", "}
          <Person id={one.id} />
        </span>
      ))}
      {missing > 0 && ` (${missing} more ${missing === 1 ? "has" : "have"} to sign before it is used)`}, until{" "}
      <time dateTime={until}>{exact.format(new Date(until))}</time>
    </p>
  );
}

function Bar({ label, used, most }: { label: string; used: number; most: number }) {
  return (
    <p className="used">
      <progress value={used} max={most} aria-label={label} /> {label}
    </p>
  );
}
