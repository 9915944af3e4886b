// What a model is asked where words are written together: to say of each part how sure it is of it, or to propose other
// words for some. It is told what it may rest on, and asked beside the conversation, without tools.
import { HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import { z } from "zod";
import type { DraftBlock } from "../drafting/block.js";
import { blockKinds, joints } from "../drafting/block.js";
import { readBlocks } from "../drafting/read-blocks.js";
import type { Source } from "../drafting/sources.js";
import { keepable } from "../drafting/traces.js";
import type { JsonObject } from "../kernel/json.js";
import type { Model } from "./port.js";
import { shownOf } from "./shown-sources.js";

/** The names under which a scripted model hears what it is asked for. */
export const blocksSchema = "draft_blocks";
export const proposalsSchema = "draft_proposals";

export interface Writer {
  model: Model;
  instructions: string | null;
  signal: AbortSignal;
}

/** The call whose words are written. */
export interface Written {
  title: string;
  tool: string;
  args: JsonObject;
  field: string;
}

/** As they stand in the call. */
export function wordsOf({ args, field }: Pick<Written, "args" | "field">): string {
  const words = args[field];
  return typeof words === "string" ? words : "";
}

/** The words of a call as blocks. Throws where the model fails; what it answers is read, however it is made. */
export async function askForBlocks(
  writer: Writer,
  written: Written,
  sources: readonly Source[],
): Promise<DraftBlock[]> {
  const whole = wordsOf(written);
  const answer = await answerOf(writer, blocksSchema, blocksAnswer, [
    howToDraft,
    inSources(sources),
    actionIn(written),
    `The words to put into blocks (argument "${written.field}"):\n${whole}`,
  ]);
  return readBlocks(answer, whole);
}

/** Other words for some of its blocks. What names no such block, or says nothing, is left out. */
export async function askForProposals(
  writer: Writer,
  written: Written,
  sources: readonly Source[],
  asked: { blocks: readonly DraftBlock[]; of: readonly string[]; instruction: string | null },
): Promise<{ blockId: string; text: string; note: string | null }[]> {
  const { blocks, of, instruction } = asked;
  const answer = await answerOf(writer, proposalsSchema, proposalsAnswer, [
    howToPropose,
    inSources(sources),
    actionIn(written),
    `The draft as it stands, block by block:\n${blocks.map(lineOf).join("\n")}`,
    `Blocks you may propose other words for: ${of.join(", ")}`,
    instruction === null
      ? "The person has just changed the draft. Propose only what should follow from that in these blocks; nothing, if nothing does."
      : `What the person asks for: ${instruction}`,
  ]);
  return readProposals(answer).filter(({ blockId }) => of.includes(blockId));
}

const howToDraft =
  "An action of yours carries words for people. A person finishes these words with you before they go out. Put them into " +
  "ordered blocks that together are the whole text, each a sentence or a paragraph. Say of each what it is:\n" +
  "- confident: everything in it stands in the sources below, or is plain courtesy. No note.\n" +
  "- uncertain: it may be wrong, or is a promise or a judgement that is not yours. The note says why; alternatives are other wordings.\n" +
  "- placeholder: something is missing that you do not know. The note says what; the text is a suggestion, or empty.\n" +
  "Never make up a number, a date, a name or a quotation: what you do not know is a placeholder. Quote in `sources` what a block rests on, word for word. `joint` is what stands between the block and the next one.";

const howToPropose =
  "You and a person write these words together. Propose other words for some of the blocks, each whole as it would then " +
  "stand. Leave a block out where its words should stay. Never make up a number, a date, a name or a quotation. The person accepts or dismisses each proposal.";

const blocksAnswer: JsonObject = listOf("blocks", {
  kind: { type: "string", enum: [...blockKinds] },
  text: { type: "string" },
  note: { type: ["string", "null"] },
  alternatives: { type: "array", items: { type: "string" } },
  sources: {
    type: "array",
    items: objectOf({ from: { type: "string" }, quote: { type: "string" } }),
  },
  joint: { type: "string", enum: [...joints] },
});

const proposalsAnswer: JsonObject = listOf("proposals", {
  block: { type: "string" },
  text: { type: "string" },
  note: { type: ["string", "null"] },
});

/** As providers with strict schemas want it: each name required, and no other allowed. */
function objectOf(properties: JsonObject): JsonObject {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function listOf(name: string, properties: JsonObject): JsonObject {
  return objectOf({ [name]: { type: "array", items: objectOf(properties) } });
}

async function answerOf(
  { model, instructions, signal }: Writer,
  name: string,
  schema: JsonObject,
  parts: readonly string[],
): Promise<string> {
  const messages: BaseMessage[] = [
    ...(instructions === null ? [] : [new SystemMessage(instructions)]),
    new HumanMessage(parts.join("\n\n")),
  ];
  const { text } = await model.invoke({ messages, tools: [], signal, answerSchema: { name, schema } });
  return text;
}

const longestSources = 60_000;

function inSources(sources: readonly Source[]): string {
  const lines = shownOf(sources, longestSources).map(({ from, text }) => `[${from}] ${text}`);
  return `The sources:\n${lines.join("\n")}`;
}

function actionIn({ title, tool, args, field }: Written): string {
  const { [field]: _, ...others } = args;
  return `The action: ${title}\nTool: ${tool}\nOther arguments: ${JSON.stringify(others).slice(0, 10_000)}`;
}

function lineOf({ id, kind, isOpen, text, note }: DraftBlock): string {
  return JSON.stringify({ block: id, kind, isOpen, text, ...(isOpen && note !== null ? { note } : {}) });
}

const proposalSchema = z.object({
  block: z.string(),
  text: z.string().trim().min(1).max(20_000),
  note: z.string().trim().max(2_000).nullable().catch(null),
});

function readProposals(answer: string): { blockId: string; text: string; note: string | null }[] {
  const from = answer.indexOf("{");
  const read = z
    .object({ proposals: z.array(z.unknown()) })
    .safeParse(parsed(answer.slice(Math.max(from, 0), answer.lastIndexOf("}") + 1)));
  if (!read.success) return [];
  return read.data.proposals.flatMap((given) => {
    const one = proposalSchema.safeParse(given);
    if (!one.success) return [];
    return [{ blockId: one.data.block, text: keepable(one.data.text), note: one.data.note || null }];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
