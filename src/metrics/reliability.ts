// What a machine's word is worth: of the blocks that it called confident, how many did people change before they went out?
import type { DraftBlock } from "../drafting/block.js";
import { wilson, type Interval } from "../policies/wilson.js";

/** A draft that a person released. */
export interface ReleasedDraft {
  tool: string;
  agent: string;
  model: string;
  blocks: readonly Pick<DraftBlock, "kind" | "text" | "original">[];
  /** The blocks as one text, and what went out: other words where they were written anew at a door that knows no blocks. */
  text: string;
  sent: string;
}

export interface Reliability {
  drafts: number;
  /** Their blocks that were called confident. */
  confident: number;
  /** Of these, the ones that went out in other words, or not at all. */
  changed: number;
  /** `changed` of `confident`; null where there were none. */
  share: number | null;
  interval: Interval | null;
}

export type Counts = Pick<Reliability, "drafts" | "confident" | "changed">;

export interface ReliabilityReport {
  total: Reliability;
  byTool: Record<string, Reliability>;
  byAgent: Record<string, Reliability>;
  byModel: Record<string, Reliability>;
}

/** Counts drafts as they come, so that no history is too long. */
export function reliabilityCounter(): { add(draft: ReleasedDraft): void; report(): ReliabilityReport } {
  const total: Counts = none();
  const by = {
    tool: new Map<string, Counts>(),
    agent: new Map<string, Counts>(),
    model: new Map<string, Counts>(),
  };
  return {
    add(draft) {
      const counted = countsOf(draft);
      addTo(total, counted);
      for (const key of ["tool", "agent", "model"] as const) {
        const counts = by[key].get(draft[key]) ?? none();
        addTo(counts, counted);
        by[key].set(draft[key], counts);
      }
    },
    report: () => ({
      total: figureOf(total),
      byTool: figuresOf(by.tool),
      byAgent: figuresOf(by.agent),
      byModel: figuresOf(by.model),
    }),
  };
}

function countsOf({ blocks, text, sent }: ReleasedDraft): Counts {
  const confident = blocks.filter(({ kind }) => kind === "confident");
  const isRewritten = sent !== text;
  const changed = confident.filter(
    // Of words that were written anew as a whole, those blocks are as they were whose words still stand there.
    (block) => block.text !== block.original || (isRewritten && !sent.includes(block.original)),
  );
  return { drafts: 1, confident: confident.length, changed: changed.length };
}

function figureOf(counts: Counts): Reliability {
  const { confident, changed } = counts;
  return {
    ...counts,
    share: confident === 0 ? null : changed / confident,
    interval: wilson(changed, confident),
  };
}

function figuresOf(counts: ReadonlyMap<string, Counts>): Record<string, Reliability> {
  return Object.fromEntries([...counts].map(([name, of]) => [name, figureOf(of)]));
}

function none(): Counts {
  return { drafts: 0, confident: 0, changed: 0 };
}

function addTo(sum: Counts, more: Counts): void {
  sum.drafts += more.drafts;
  sum.confident += more.confident;
  sum.changed += more.changed;
}
