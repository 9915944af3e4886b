// Finishing the words of a call in a terminal, block by block.
import {
  draftBlockSchema,
  type BlockChange,
  type Draft,
  type DraftBlock,
  type Review,
} from "../http/contract.js";
import { countFrom, defineCommand, Refusal, UsageError } from "./command.js";
import { exportDraft, importedText, readDraftFile } from "./draft-file.js";
import { draftText, progressText } from "./draft-text.js";
import { findReview } from "./find-review.js";
import { printable } from "./printable.js";
import { ServerProblem, serverAt, type Server } from "./server.js";

export const draftCommand = defineCommand({
  name: "draft",
  usage:
    "ID [BLOCK --accept | --pick N | --write TEXT | --take | --remove | --restore | --ask TEXT] | " +
    "ID --export FILE | ID --import FILE",
  summary: "Show the words of a held call in blocks, or finish them, here or in a file.",
  details: `  --accept    it stands as it is
  --pick      one of its other wordings, by its number
  --write     your own words
  --take      what the agent proposes for it
  --remove    nothing stands there
  --restore   back to what the agent wrote
  --ask       has the agent propose other words, as you tell it; they change nothing before --take
  --revision  the revision you looked at: where the block was changed since, yours changes nothing
  --export    writes the draft to a new file: FILE.json with every change of it, any other as a text for your editor
  --import    brings back what was changed in such a file; blocks that were changed here meanwhile stay, and are told

Exit code 1 where somebody changed the block meanwhile, or the policy or the tool does not take the words.`,
  options: {
    accept: { type: "boolean" },
    pick: { type: "string" },
    write: { type: "string" },
    take: { type: "boolean" },
    remove: { type: "boolean" },
    restore: { type: "boolean" },
    ask: { type: "string" },
    revision: { type: "string" },
    export: { type: "string" },
    import: { type: "string" },
  },
  positionals: ["ID", "[BLOCK]"],
  async run({ revision, export: to, import: from, ...typed }, terminal, id = "", blockId) {
    const wanted = wantedIn(typed);
    if ([to, from, blockId].filter((one) => one !== undefined).length > 1)
      throw new UsageError("Give one of BLOCK, --export and --import.");
    if (blockId === undefined && wanted) throw new UsageError("BLOCK is missing: b2, for instance.");
    if (blockId !== undefined && !wanted) throw new UsageError(`Say what is to become of ${blockId}.`);
    const seen = revision === undefined ? {} : { revision: revisionIn(revision) };
    const server = serverAt(terminal);
    const review = await findReview(server, id);
    const draft = draftOf(review);
    if (to !== undefined) {
      terminal.out(await exportDraft(server, review.id, to));
      return 0;
    }
    if (from !== undefined) {
      const imported = await server.importDraft(review.id, await readDraftFile(from, review.id, draft));
      terminal.out(`${importedText(imported)}${progressText(review.id, draftOf(imported.review))}\n`);
      return imported.refused.length === 0 ? 0 : 1;
    }
    if (blockId === undefined || !wanted) {
      terminal.out(`${printable(review.title)}\n\n${draftText(draft)}\n${progressText(review.id, draft)}\n`);
      return 0;
    }
    const block = { ...blockIn(draft, blockId), ...seen };
    const after = draftOf(await act(server, review.id, block, wanted, draft));
    const blocks = after.blocks.filter((one) => one.id === blockId);
    terminal.out(`${draftText({ ...after, blocks })}\n${progressText(review.id, after)}\n`);
    return 0;
  },
});

type Wanted =
  | Exclude<BlockChange, { type: "take" }>
  | { type: "take" }
  | { type: "ask"; instruction: string };

async function act(
  server: Server,
  reviewId: string,
  { id: blockId, revision }: DraftBlock,
  wanted: Wanted,
  { proposals }: Draft,
): Promise<Review> {
  try {
    if (wanted.type === "ask")
      return await server.propose(reviewId, { blockId, instruction: wanted.instruction });
    const change =
      wanted.type === "take" ? { type: wanted.type, proposalId: proposalFor(blockId, proposals) } : wanted;
    return await server.changeDraft(reviewId, { blockId, revision, change });
  } catch (error) {
    throw error instanceof ServerProblem ? (changedBefore(error) ?? error) : error;
  }
}

/** What stands there now, where somebody was faster. */
function changedBefore({ problem: { code, detail, block } }: ServerProblem): Refusal | null {
  const now = code === "draft_changed" ? draftBlockSchema.safeParse(block).data : undefined;
  return now ? new Refusal(`${detail}\n${draftText({ blocks: [now], proposals: [] })}`) : null;
}

function wantedIn(typed: {
  accept?: boolean | undefined;
  pick?: string | undefined;
  write?: string | undefined;
  take?: boolean | undefined;
  remove?: boolean | undefined;
  restore?: boolean | undefined;
  ask?: string | undefined;
}): Wanted | null {
  const { accept, pick, write, take, remove, restore, ask } = typed;
  const picked = countFrom(pick, "--pick");
  const wanted: Wanted[] = [
    ...(accept ? [{ type: "accept" } as const] : []),
    ...(picked === undefined ? [] : [{ type: "pick", alternative: picked - 1 } as const]),
    ...(write === undefined ? [] : [{ type: "write", text: write } as const]),
    ...(take ? [{ type: "take" } as const] : []),
    ...(remove ? [{ type: "remove" } as const] : []),
    ...(restore ? [{ type: "restore" } as const] : []),
    ...(ask === undefined ? [] : [{ type: "ask", instruction: ask } as const]),
  ];
  const [one, another] = wanted;
  if (another) throw new UsageError(`Give one of --${one?.type} and --${another.type}, not both.`);
  return one ?? null;
}

function revisionIn(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--revision takes a whole number, not "${text}".`);
  return Number(text);
}

function draftOf({ id, draft }: Review): Draft {
  if (draft) return draft;
  throw new Refusal(
    `The words of this review are not written in blocks. Look at it with: holdpoint show ${id}`,
  );
}

function blockIn({ blocks }: Draft, blockId: string): DraftBlock {
  const found = blocks.find(({ id }) => id === blockId);
  if (found) return found;
  throw new Refusal(`The draft has no block "${blockId}". It has: ${blocks.map(({ id }) => id).join(", ")}.`);
}

function proposalFor(blockId: string, proposals: Draft["proposals"]): string {
  const proposal = proposals.find((one) => one.blockId === blockId);
  if (proposal) return proposal.id;
  throw new Refusal(`The agent proposes nothing for ${blockId}. Ask it with --ask.`);
}
