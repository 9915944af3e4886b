// A draft as a file: written for people or for programs, and read again with what was changed in it.
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { fromMarkdown, toMarkdown } from "../drafting/markdown.js";
import {
  draftBlockSchema,
  draftDocumentSchema,
  type Draft,
  type DraftEdits,
  type Imported,
} from "../http/contract.js";
import { messageOf } from "../kernel/errors.js";
import { Refusal } from "./command.js";
import { printable, printableLines } from "./printable.js";
import type { Server } from "./server.js";

/** `.json`: all of it. Any other: a text to be changed in an editor. */
export async function exportDraft(server: Server, reviewId: string, file: string): Promise<string> {
  const document = await server.draftDocument(reviewId);
  const text = file.endsWith(".json") ? `${JSON.stringify(document, null, 2)}\n` : toMarkdown(document);
  await writeFile(file, text, { flag: "wx" }).catch((error: unknown) => {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new Refusal(
      isThere
        ? `${file} is there already, and may hold words that nobody has brought back. Name another.`
        : `${file} cannot be written: ${messageOf(error)}`,
    );
  });
  return `Written to ${printable(file)}. Bring changed words back with: holdpoint draft ${reviewId} --import ${printable(file)}\n`;
}

export async function readDraftFile(file: string, reviewId: string, { blocks }: Draft): Promise<DraftEdits> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
  });
  const read = /^\uFEFF?\s*\{/.test(text) ? fromJson(text) : fromMarkdown(text);
  if ("fault" in read) throw unusable(file, read.fault);
  if (read.reviewId !== reviewId) throw unusable(file, `It holds the draft of review ${read.reviewId}.`);
  const missing = blocks.find(({ id }) => !read.blocks.some((block) => block.id === id));
  if (missing) throw unusable(file, `Block ${missing.id} is missing, so its words may stand in another one.`);
  return read;
}

export function importedText({ changed, refused }: Imported): string {
  const told = refused.map(
    ({ blockId, detail, yours, now }) =>
      `${blockId} stays: ${printable(detail)}\n  in the file:\n${indented(yours)}${now ? `  now:\n${indented(now.text)}` : ""}`,
  );
  const what = changed.length === 0 ? "No block was changed." : `Changed: ${changed.join(", ")}.`;
  return `${what}\n${told.join("")}`;
}

const editedSchema = draftDocumentSchema
  .pick({ format: true, reviewId: true })
  .extend({ blocks: z.array(draftBlockSchema.pick({ id: true, revision: true, text: true })) });

function fromJson(text: string): DraftEdits | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return { fault: `It is not JSON: ${messageOf(error)}` };
  }
  const read = editedSchema.safeParse(value);
  if (!read.success) return { fault: `It is no draft. ${z.prettifyError(read.error)}` };
  const { reviewId, blocks } = read.data;
  return { reviewId, blocks };
}

function unusable(file: string, why: string): Refusal {
  return new Refusal(`${file} cannot be brought back: ${why} Nothing was changed.`);
}

function indented(text: string): string {
  return `${printableLines(text).replace(/^/gm, "    ")}\n`;
}
