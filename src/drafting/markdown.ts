// A draft as a text that a person may change in any editor, and what they changed in it. Between two marks stand the words of
// one block, byte for byte: nothing in them is escaped, so nothing in them can be read wrongly. The marks are comments of
// markdown, begun by a word that stands in none of the blocks, as the parts of an e-mail are kept apart.
import type { DraftBlock } from "./block.js";
import type { EditedBlock } from "./outside-edits.js";

/** Of the document and of this text: what either is made of. */
export const draftFormat = "holdpoint-draft/1";

export interface DraftText {
  reviewId: string;
  title: string;
  blocks: readonly DraftBlock[];
}

export function toMarkdown({ reviewId, title, blocks }: DraftText): string {
  const mark = markFor(blocks);
  const head =
    `<!-- ${draftFormat} ${reviewId} ${mark}\n${quoted(title)}\n` +
    `Change the words under a mark such as this one. Leave the marks as they are. Words that you take out are removed. -->`;
  return [
    head,
    ...blocks.flatMap((block) => [markOf(mark, block), block.text]),
    `${begin(mark)}end -->`,
    "",
  ].join("\n");
}

/** What came back; a fault says what of it cannot be read. */
export function fromMarkdown(text: string): { reviewId: string; blocks: EditedBlock[] } | { fault: string } {
  const head = headPattern.exec(text);
  const [, reviewId = "", mark = "", lineEnd = "\n"] = head ?? [];
  if (!head) return { fault: `It does not begin with a mark of ${draftFormat}.` };
  // The marks end as they were written, unless the editor put its own line ends everywhere.
  const all = lineEnd === "\r\n" ? text.replaceAll("\r\n", "\n") : text;
  const [, ...parts] = all.split(`\n${begin(mark)}`);
  const last = parts.pop();
  if (!last || !/^end -->\s*$/.test(last))
    return { fault: "Its last mark is missing, so it may be cut off." };
  const read = parts.map(blockIn);
  const blocks = read.filter((block) => block !== null);
  return blocks.length === read.length ? { reviewId, blocks } : { fault: "One of its marks was changed." };
}

const headPattern = new RegExp(String.raw`^\uFEFF?<!-- ${draftFormat} (\S+) (\S+)(\r?\n)`);
const blockPattern = /^(\S+) revision (\d{1,9})(?:, [^>]*)?-->\n([^]*)$/;

function blockIn(part: string): EditedBlock | null {
  const [, id, revision, text] = blockPattern.exec(part) ?? [];
  return id === undefined || text === undefined ? null : { id, revision: Number(revision), text };
}

const begin = (mark: string): string => `<!-- ${mark} `;

/** The first of `hold`, `hold-1`, `hold-2`, … that begins a mark in none of them. */
function markFor(blocks: readonly DraftBlock[]): string {
  const words = blocks.map(({ text }) => text).join("\n");
  for (let n = 0; ; n += 1) {
    const mark = n === 0 ? "hold" : `hold-${n}`;
    if (!words.includes(begin(mark))) return mark;
  }
}

function markOf(mark: string, { id, kind, isOpen, note, alternatives, revision }: DraftBlock): string {
  const said = [
    `${id} revision ${revision}, ${kind}${isOpen ? ", open" : ""}${note === null ? "" : `: ${quoted(note)}`}`,
    ...alternatives.map((words) => `  or: ${quoted(words)}`),
  ];
  return `${begin(mark)}${said.join("\n")} -->`;
}

/** On one line, and without what would end the comment. */
function quoted(words: string): string {
  return JSON.stringify(words).replaceAll(">", String.raw`\u003e`);
}
