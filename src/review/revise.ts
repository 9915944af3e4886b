// What a call is with its words written anew: parsed by its tool and judged by the policy in force, like any other.
import { textOf, type Draft } from "../drafting/block.js";
import type { Principal } from "../kernel/principal.js";
import { needsOthers } from "../policies/panel.js";
import type { Judge } from "./answer.js";
import type { DraftRevision } from "./drafts.js";
import { read, taken, type Read } from "./read.js";
import { refuse, toolGone } from "./refusals.js";
import { begunAnew, type Rung } from "./rung.js";
import { termsFor, type JudgedBy } from "./terms.js";
import type { Review } from "./types.js";

export function revisionOf(
  tools: Judge["tools"],
  judged: JudgedBy,
  review: Review,
  draft: Draft,
  by: Principal | null,
  changes: DraftRevision["changes"],
): Read<DraftRevision> {
  const tool = tools.get(review.tool);
  if (!tool) return toolGone(review);
  const text = textOf(draft.blocks);
  const args = read(() => tool.parseArgs({ ...review.args, [draft.field]: text }));
  if (!args.ok) return args;
  if (args.value[draft.field] !== text)
    return refuse(
      "args_invalid",
      `${review.tool} would send other words than these: it changes its ${draft.field}. What is sent has to be what is shown.`,
    );
  const { assessment, isForbidden, questions: _, ...terms } = termsFor(judged, review, tool, args.value);
  if (isForbidden) {
    const why = assessment.reasons.map((reason) => reason.text).join(" ");
    return refuse(
      "edit_refused",
      `Policy forbids a call with these words: ${why} The draft stands, unchanged.`,
      {
        reasons: assessment.reasons,
      },
    );
  }
  const { argsHash } = assessment;
  return taken({
    review,
    draft,
    args: args.value,
    argsHash,
    ...terms,
    ...(argsHash === review.argsHash
      ? { requestedBy: review.requestedBy }
      : changedBy(by, review, terms.rung)),
    by,
    changes,
  });
}

/** Other words are another proposal: who voted, voted on other ones, and whoever wrote these wants others to agree. */
function changedBy(
  by: Principal | null,
  { requestedBy }: Review,
  rung: Rung,
): Pick<DraftRevision, "rung" | "requestedBy"> {
  const next = begunAnew(rung);
  return by && needsOthers(rung.panel)
    ? { rung: { ...next, panel: { ...next.panel, fourEyes: true } }, requestedBy: by }
    : { rung: next, requestedBy };
}
