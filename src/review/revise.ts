// What a call is with its words written anew: parsed by its tool and judged by the policy in force, like any other.
import { textOf, type Draft } from "../drafting/block.js";
import type { Principal } from "../kernel/principal.js";
import type { Judge } from "./answer.js";
import type { DraftRevision } from "./drafts.js";
import { read, taken, type Read } from "./read.js";
import { refuse, toolGone } from "./refusals.js";
import { termsFor } from "./terms.js";
import type { Review } from "./types.js";

export function revisionOf(
  judge: Judge,
  review: Review,
  draft: Draft,
  by: Principal | null,
  changes: DraftRevision["changes"],
): Read<DraftRevision> {
  const tool = judge.tools.get(review.tool);
  if (!tool) return toolGone(review);
  const text = textOf(draft.blocks);
  const args = read(() => tool.parseArgs({ ...review.args, [draft.field]: text }));
  if (!args.ok) return args;
  if (args.value[draft.field] !== text)
    return refuse(
      "args_invalid",
      `${review.tool} would send other words than these: it changes its ${draft.field}. What is sent has to be what is shown.`,
    );
  const {
    assessment,
    isForbidden,
    questions: _,
    ...terms
  } = termsFor(judge.policy(), review, tool, args.value);
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
  return taken({ review, draft, args: args.value, argsHash: assessment.argsHash, ...terms, by, changes });
}
