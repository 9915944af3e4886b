// What people approved in advance, for everybody to see: its bounds, what of it is used up, who signed, and an end to it.
import { useState } from "react";
import { api, type StandingApproval } from "../api.js";
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
  useKeys({ Escape: back });
  const now = new Date();
  return (
    <div className="policy-room">
      <header className="room-head">
        <p className="brand">
          <strong>Holdpoint</strong>
        </p>
        <RoomLinks at="standing" />
        <p className="line" role="status">
          {problem?.message ?? ""}
        </p>
      </header>
      <main className="standing" aria-label="Approved in advance" aria-busy={!seen && !problem}>
        <h1>Approved in advance</h1>
        {seen?.items.length === 0 && (
          <p className="muted">Nothing is. A hold offers it for calls of its kind.</p>
        )}
        <ul>
          {seen?.items.map((approval) => (
            <Approval
              key={approval.id}
              approval={approval}
              revoke={isLive(approval, now) ? () => setRevoking(approval) : null}
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

function Approval({ approval, revoke }: { approval: StandingApproval; revoke: (() => void) | null }) {
  const { tool, reason, signers, until, revoked, usedCount, maxCount, usedAmount, maxAmount } = approval;
  const id = `standing-${approval.id}`;
  return (
    <li className={revoke ? undefined : "over"} aria-labelledby={id}>
      <h2 id={id}>
        <bdi>{visible(tool)}</bdi>
      </h2>
      <p>
        <Foreign text={reason} />
      </p>
      <p className="muted">
        <bdi>{visible(boundsIn(approval).join(" · "))}</bdi>
      </p>
      <Bar label={`${usedCount} of ${maxCount} calls`} used={usedCount} most={maxCount} />
      {maxAmount !== null && <Bar label={amountIn(approval)} used={usedAmount} most={maxAmount} />}
      <p className="muted">
        Signed by{" "}
        {signers.map((one, index) => (
          <span key={one.id}>
            {index > 0 && ", "}
            <Person id={one.id} />
          </span>
        ))}
        , until <time dateTime={until}>{exact.format(new Date(until))}</time>
      </p>
      {revoked && (
        <p>
          Revoked by <Person id={revoked.by.id} />: <Foreign text={revoked.why} />
        </p>
      )}
      {revoke && (
        <button type="button" className="link" onClick={revoke}>
          Revoke
        </button>
      )}
    </li>
  );
}

function Bar({ label, used, most }: { label: string; used: number; most: number }) {
  return (
    <p className="used">
      <progress value={used} max={most} aria-label={label} /> {label}
    </p>
  );
}
