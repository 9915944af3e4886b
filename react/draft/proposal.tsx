// What the agent would write instead.
import type { Draft, DraftBlock } from "../client.js";
import { Foreign } from "../text.js";
import { Difference } from "./difference.js";
import { directionOf } from "./paragraphs.js";
import type { Editing } from "./use-editing.js";

export function ProposalCard({
  block,
  proposal,
  editing,
}: {
  block: DraftBlock;
  proposal: Draft["proposals"][number];
  editing: Editing;
}) {
  return (
    <div className="hp-proposal" role="group" aria-label="The agent proposes">
      <p className="hp-note">
        <strong>The agent would write</strong> {proposal.note !== null && <Foreign text={proposal.note} />}
      </p>
      <p dir={directionOf([proposal])}>
        <Difference before={block.text} after={proposal.text} />
      </p>
      <div className="hp-acts">
        <button
          type="button"
          className="hp-act"
          onClick={() => editing.make(block, { type: "take", proposalId: proposal.id })}
        >
          Take it <kbd>t</kbd>
        </button>
        <button type="button" className="hp-act" onClick={() => editing.dismiss(block, proposal.id)}>
          Dismiss <kbd>x</kbd>
        </button>
      </div>
    </div>
  );
}
