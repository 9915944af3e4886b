// The writes of recorded conversations, each with what was known before it: without a database, and without a model.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson, isJsonObject, type JsonObject } from "../src/kernel/json.js";
import { resultFrom, type EarlierResult, type Evidence } from "../src/policies/evidence.js";
import { conversationLine, type ConversationLine } from "../src/replay/conversation.js";
import { readJsonLines } from "../src/replay/json-lines.js";
import { callKey } from "../src/replay/labels.js";

export interface RecordedWrite {
  domain: string;
  model: string;
  conversation: string;
  /** Writes of one task are not independent of each other. */
  task: string;
  tool: string;
  args: JsonObject;
  /** It was wrong, and was carried out: the harm that a gate is to stop. */
  isWrong: boolean;
  /** It was right to make, whether it was carried out or not. */
  isCorrect: boolean;
  /** The tool did not refuse it. */
  wasCarriedOut: boolean;
  evidence: Evidence;
  /** The same call was made before in its conversation. */
  isRepeat: boolean;
}

const callLine = z.object({
  id: z.string(),
  domain: z.string(),
  model: z.string(),
  task_id: z.string(),
  tool: z.string(),
  args: z.custom<JsonObject>(isJsonObject),
  kind: z.string(),
  wrong_executed: z.boolean().optional(),
  is_correct: z.boolean().optional(),
});

/** Ends the program with 2 where a file is missing, and says which. */
export async function writesIn(folder: string): Promise<RecordedWrite[]> {
  const calls = await linesOf(folder, "tau_calls", callLine);
  const conversations = await linesOf(folder, "tau_trajectories", conversationLine);
  const labels = new Map(calls.map((call) => [call.id, call]));
  return conversations
    .filter(({ domain }) => worlds[domain] !== undefined)
    .flatMap((conversation) => writesOf(conversation, labels));
}

/** The time it is in the recorded world, where it does not pass. Telecom's labels are noise. */
const worlds: Readonly<Record<string, { now: Date | null }>> = {
  airline: { now: new Date("2024-05-15T15:00:00-05:00") },
  retail: { now: null },
};

function writesOf(
  { id, domain, msgs }: ConversationLine,
  labels: ReadonlyMap<string, z.output<typeof callLine>>,
): RecordedWrite[] {
  const results: EarlierResult[] = [];
  const words: string[] = [];
  const made = new Set<string>();
  const writes: RecordedWrite[] = [];
  let step = 0;
  for (const turn of msgs) {
    if (turn[0] === "u") words.push(turn[1]);
    if (turn[0] !== "t") continue;
    const [, tool, args, result] = turn;
    const label = labels.get(callKey(id, step));
    if (!label || label.tool !== tool)
      throw new Error(`The call ${callKey(id, step)} (${tool}) has no label.`);
    const call = `${tool} ${canonicalJson(args)}`;
    if (label.kind === "write")
      writes.push({
        domain,
        model: label.model,
        conversation: id,
        task: `${domain} ${label.task_id}`,
        tool,
        args,
        isWrong: label.wrong_executed === true,
        isCorrect: label.is_correct === true,
        wasCarriedOut: !isRefusal(result),
        evidence: {
          results: [...results],
          words: words.length > 0 ? [...words] : null,
          now: worlds[domain]?.now ?? null,
        },
        isRepeat: made.has(call),
      });
    made.add(call);
    // What the tool refused is no result: with us it would have thrown.
    if (!isRefusal(result)) results.push(resultFrom(tool, args, result));
    step += 1;
  }
  return writes;
}

function isRefusal(result: string): boolean {
  return result.startsWith("Error");
}

async function linesOf<Row extends z.ZodType>(
  folder: string,
  name: string,
  row: Row,
): Promise<z.output<Row>[]> {
  const found = existsSync(folder) ? await readdir(folder) : [];
  const files = found.filter((file) => file.startsWith(`${name}.`) && file.endsWith(".jsonl.gz")).toSorted();
  if (files.length === 0) {
    process.stderr.write(`There is no ${name}.*.jsonl.gz in ${folder}.\n`);
    process.exit(2);
  }
  return (await Promise.all(files.map((file) => readJsonLines(join(folder, file), row)))).flat();
}
