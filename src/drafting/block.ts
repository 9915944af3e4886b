// A draft is ordered blocks that read as one text. Each says how sure the machine was of it, and keeps that word for good:
// what a person makes of a block opens or closes it, and never makes it into one that the machine was sure of.

/**
 * `confident`: it can go out as it stands. `uncertain`: a person accepts it, picks another wording, or writes their own.
 * `placeholder`: something is missing that the machine does not know; a person fills it in.
 */
export const blockKinds = ["confident", "uncertain", "placeholder"] as const;
export type BlockKind = (typeof blockKinds)[number];

/** What stands between a block and the next one. */
export const joints = ["nothing", "space", "line", "paragraph"] as const;
export type Joint = (typeof joints)[number];

/** Words that stand in a source, letter for letter but for case and spaces. */
export interface SourceQuote {
  /** `user`, `instructions`, or the name of the tool whose result it is. */
  from: string;
  quote: string;
}

export interface DraftBlock {
  /** Unique in its draft, and the same for as long as the draft lives. */
  id: string;
  kind: BlockKind;
  /** What stands there now. Of an open placeholder: the machine's suggestion, or nothing. */
  text: string;
  /** What the machine wrote. */
  original: string;
  /** Why it is uncertain; of a placeholder: what is missing. */
  note: string | null;
  alternatives: readonly string[];
  sources: readonly SourceQuote[];
  joint: Joint;
  /** It waits for a person: while one does, the draft goes nowhere. */
  isOpen: boolean;
  /** Counts its changes. A change names the one it was made on. */
  revision: number;
  /** Who changed it last; null: nobody. */
  changedBy: string | null;
}

/** What the agent would write instead, for a person to accept or dismiss. */
export interface BlockProposal {
  id: string;
  blockId: string;
  /** Of the block it was made on; a later one makes it void. */
  revision: number;
  text: string;
  note: string | null;
}

export interface Draft {
  /** The argument of the call that it becomes. */
  field: string;
  blocks: readonly DraftBlock[];
  proposals: readonly BlockProposal[];
  /** The agent is still putting it into blocks; meanwhile all of it is uncertain. */
  isWriting: boolean;
  /** Which model put it into blocks; null: none did. */
  model: string | null;
  /** Counts its changes, of any block. */
  version: number;
}

const mark: Readonly<Record<Joint, string>> = { nothing: "", space: " ", line: "\n", paragraph: "\n\n" };

/**
 * The blocks as one text. An open placeholder shows what is missing in brackets; such a text is for reading only, because
 * nothing that is open is ever released. Blocks without words leave no gap.
 */
export function textOf(blocks: readonly DraftBlock[]): string {
  const said = blocks.filter((block) => shownIn(block) !== "");
  return said
    .map((block, index) => shownIn(block) + (index < said.length - 1 ? mark[block.joint] : ""))
    .join("");
}

/** The whole as the machine wrote it, before anybody changed a block. */
export function originalOf(blocks: readonly DraftBlock[]): string {
  return textOf(
    blocks.map((block) => ({ ...block, text: block.original, isOpen: block.kind !== "confident" })),
  );
}

/** How much of it waits for nobody, from 0 to 1. */
export function completenessOf(blocks: readonly DraftBlock[]): number {
  return blocks.length === 0 ? 0 : (blocks.length - openIn(blocks).length) / blocks.length;
}

export function openIn(blocks: readonly DraftBlock[]): DraftBlock[] {
  return blocks.filter(({ isOpen }) => isOpen);
}

function shownIn({ kind, isOpen, text, note }: DraftBlock): string {
  return kind === "placeholder" && isOpen ? `[${note ?? text}]` : text;
}

/** A block as the machine gave it. Only what it is sure of waits for nobody. */
export function newBlock(
  id: string,
  {
    kind,
    text,
    ...given
  }: Pick<DraftBlock, "kind" | "text"> &
    Partial<Pick<DraftBlock, "note" | "alternatives" | "sources" | "joint">>,
): DraftBlock {
  return {
    id,
    kind,
    text,
    original: text,
    note: given.note ?? null,
    alternatives: given.alternatives ?? [],
    sources: given.sources ?? [],
    joint: given.joint ?? "paragraph",
    isOpen: kind !== "confident",
    revision: 0,
    changedBy: null,
  };
}

/** What the machine was sure of, and is not to be; what it was not sure of is told what speaks against it, too. */
export function lowered(block: DraftBlock, doubts: readonly string[]): DraftBlock {
  if (doubts.length === 0 || block.kind === "placeholder") return block;
  const note = [block.note, ...doubts].filter((one) => one !== null).join(" ");
  return { ...block, kind: "uncertain", isOpen: true, note };
}

/**
 * A text that nobody has looked at yet, as a draft: all of it is uncertain. Its block bears another id than the agent's will:
 * what a person does to the words they have before them is never done to others that came in their place.
 */
export function wholeDraft(field: string, text: string, note: string, isWriting: boolean): Draft {
  const block = newBlock(wholeId, { kind: "uncertain", text, note });
  return { field, blocks: [block], proposals: [], isWriting, model: null, version: 1 };
}

export const wholeId = "whole";
