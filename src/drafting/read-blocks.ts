// What a model answered, read as blocks. Nothing of it is trusted to be well made: what cannot be read as it was meant is
// uncertain, and no word gets lost. Confident is only what says so, in plain text, without a doubt or a gap in it.
import { z } from "zod";
import { joints, lowered, newBlock, type DraftBlock } from "./block.js";
import { acrossSeams } from "./seams.js";
import { disguisedIn, gapIn, hiddenIn, keepable } from "./traces.js";

const mostBlocks = 200;
const longestConfident = 4_000;
const mostAlternatives = 5;

/**
 * @param answer the model's answer: text, or what was parsed of it.
 * @param whole the text that the call carried: where there are no blocks, it is all that is left.
 */
export function readBlocks(answer: unknown, whole: string): DraftBlock[] {
  const items = itemsIn(answer).flatMap(itemAsBlock);
  if (items.length === 0) return [newBlock("b1", { kind: "uncertain", text: whole, note: noBlocks })];
  const kept = items.length > mostBlocks ? [...items.slice(0, mostBlocks - 1), rest(items)] : items;
  const blocks = kept.map((item, index) => newBlock(`b${index + 1}`, item));
  const seams = acrossSeams(blocks, (text) => [gapIn(text) ?? ""].filter((gap) => gap !== ""));
  return blocks.map((block, index) => lowered(block, seams[index]?.map(gapNote) ?? []));
}

type Item = Parameters<typeof newBlock>[1];

const noBlocks = "The agent did not say what of this it is sure of.";

const itemSchema = z.object({
  kind: z.unknown().optional(),
  text: z.string().catch(""),
  note: z.string().nullable().catch(null),
  alternatives: z.array(z.unknown()).catch([]),
  sources: z.array(z.unknown()).catch([]),
  joint: z.enum(joints).catch("paragraph"),
});

const sourceSchema = z.object({ from: z.string(), quote: z.string().trim().min(1) });

function itemAsBlock(given: unknown): Item[] {
  if (typeof given === "string") return plain(given);
  const read = itemSchema.safeParse(given);
  if (!read.success) return plain(wordsIn(given));
  const { kind, text, joint } = read.data;
  const note = read.data.note?.trim().slice(0, 2_000) || null;
  if (kind === "placeholder") {
    return [
      { kind, text: keepable(text), joint, note: note ?? "Something is missing here.", alternatives: [] },
    ];
  }
  if (text.trim() === "") return plain(note === null ? "" : `[${note}]`);
  const doubt = note ?? doubtIn(kind, text);
  return [
    {
      kind: doubt === null ? "confident" : "uncertain",
      text: keepable(text),
      joint,
      note: doubt,
      alternatives: alternativesIn(read.data.alternatives),
      sources: read.data.sources.flatMap((source) => sourceSchema.safeParse(source).data ?? []).slice(0, 20),
    },
  ];
}

/** What speaks against letting it stand, whatever the model says of it. */
function doubtIn(kind: unknown, text: string): string | null {
  if (kind === "uncertain") return "The agent is not sure of it.";
  if (kind !== "confident") return "The agent did not say whether it is sure of it.";
  if (text.length > longestConfident) return "It is too long to be taken as a whole.";
  return traceIn(text);
}

/** What of it somebody has to look at before it stands anywhere; null where nothing is. */
export function traceIn(text: string): string | null {
  const hidden = hiddenIn(text);
  if (hidden !== null) return `It holds a character that cannot be seen (${hidden}).`;
  const disguised = disguisedIn(text);
  if (disguised !== null) return `It holds a word of letters of two alphabets: ${disguised}`;
  const gap = gapIn(text);
  return gap === null ? null : gapNote(gap);
}

const gapNote = (gap: string): string => `It holds what looks like a gap: ${gap}`;

function plain(text: string): Item[] {
  return text.trim() === "" ? [] : [{ kind: "uncertain", text: keepable(text), note: noBlocks }];
}

function rest(items: readonly Item[]): Item {
  const text = items
    .slice(mostBlocks - 1)
    .map(({ kind, text: said, note }) => (kind === "placeholder" ? `[${note ?? ""}] ${said}`.trim() : said));
  return {
    kind: "uncertain",
    text: text.join("\n\n"),
    note: "The agent gave more blocks than a draft has; the rest stands together here.",
  };
}

function alternativesIn(given: readonly unknown[]): string[] {
  const texts = given.filter((one) => typeof one === "string").map(keepable);
  return [...new Set(texts.filter((text) => text.trim() !== ""))].slice(0, mostAlternatives);
}

function itemsIn(answer: unknown): readonly unknown[] {
  if (typeof answer === "string") {
    const parsed = jsonIn(answer);
    return parsed === undefined ? [] : itemsIn(parsed);
  }
  if (Array.isArray(answer)) return answer;
  if (typeof answer !== "object" || answer === null) return [];
  const blocks: unknown = Reflect.get(answer, "blocks");
  return Array.isArray(blocks) ? blocks : [];
}

/** Models without structured output fence their JSON, or say something before it. */
function jsonIn(text: string): unknown {
  const from = text.search(/[[{]/);
  const to = Math.max(text.lastIndexOf("]"), text.lastIndexOf("}"));
  if (from < 0 || to <= from) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.slice(from, to + 1));
    return parsed;
  } catch {
    return undefined;
  }
}

function wordsIn(given: unknown): string {
  return given === null || given === undefined ? "" : (JSON.stringify(given) ?? "");
}
