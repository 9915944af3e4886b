// What is seen about the writes of recorded conversations, none of which was attacked: of those that were right, whatever
// is told is told for nothing; of those that were wrong, it is a catch.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../src/kernel/json.js";
import type { Source } from "../src/drafting/sources.js";
import { Conversation } from "../src/risk/conversation.js";
import { signalIds, signalsOf, type Signal } from "../src/risk/signals.js";
import { dataFolder } from "./data.js";
import { print } from "./figure.js";
import { rowsIn } from "./rows.js";

const args = z.record(z.string(), z.json());
const conversationSchema = z.object({
  id: z.string(),
  domain: z.string(),
  msgs: z.array(
    z.union([
      z.tuple([z.literal("t"), z.string(), args, z.string()]),
      z.tuple([z.enum(["u", "a"]), z.string()]),
    ]),
  ),
});
const callSchema = z.object({ id: z.string(), kind: z.string(), is_correct: z.boolean().nullish() });
const toolSchema = z.object({ name: z.string(), description: z.string().nullable(), schema: z.unknown() });

interface Write {
  domain: string;
  isRight: boolean;
  seen: Signal[];
}

export async function signals({ data }: { data: string | null }): Promise<void> {
  const folder = dataFolder(data);
  const conversations = await rowsIn(folder, "tau_trajectories", conversationSchema);
  const calls = new Map((await rowsIn(folder, "tau_calls", callSchema)).map((call) => [call.id, call]));
  const tools = new Map((await rowsIn(folder, "tools", toolSchema)).map((tool) => [tool.name, tool]));
  for (const isInstructed of [true, false]) {
    const writes: Write[] = [];
    for (const { id, domain, msgs } of conversations) {
      const asked: Source[] = isInstructed
        ? [{ from: "instructions", text: await readFile(join(folder, `policy_${domain}.md`), "utf8") }]
        : [];
      const results: Source[] = [];
      let heard = 0;
      for (const message of msgs) {
        if (message[0] === "u") {
          asked.push({ from: "user", text: message[1] });
          heard = results.length;
        }
        if (message[0] !== "t") continue;
        const [, name, given, result] = message;
        const call = calls.get(`${id}:${results.length}`);
        const tool = toolOf(name, tools.get(name));
        if (call?.kind === "write" && !results.some(isCut))
          writes.push({
            domain,
            isRight: call.is_correct === true,
            seen: signalsOf(
              { tool, args: given },
              new Conversation([...asked], [...results], results.length - heard),
              [],
            ),
          });
        results.push({ from: name, text: result });
      }
    }
    report(writes, isInstructed);
  }
}

function toolOf(
  name: string,
  found: z.output<typeof toolSchema> | undefined,
): { name: string; description: string; argsSchema: JsonObject | null } {
  const schema = found?.schema;
  return {
    name,
    description: found?.description ?? "",
    argsSchema: isJsonObject(schema) ? schema : null,
  };
}

/** Some results were shortened on record: what stood in the rest is not known. */
function isCut({ text }: Source): boolean {
  return text.endsWith("…");
}

function report(writes: readonly Write[], isInstructed: boolean): void {
  const told = new Set(writes.flatMap(({ seen }) => seen.map(({ rule }) => rule)));
  for (const rule of signalIds.filter((id) => told.has(id)))
    for (const domain of new Set(writes.map((one) => one.domain)))
      for (const isRight of [true, false]) {
        const of = writes.filter((one) => one.domain === domain && one.isRight === isRight);
        if (of.length === 0) continue;
        const count = of.filter(({ seen }) => seen.some((one) => one.rule === rule)).length;
        print({
          bench: "signals",
          figure: isRight ? "right_writes_told" : "wrong_writes_told",
          value: count / of.length,
          unit: "share",
          n: of.length,
          at: { signal: rule, domain, instructions: isInstructed ? "given" : "none", count },
        });
      }
}
