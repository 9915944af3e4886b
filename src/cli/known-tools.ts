// Tools to be read: of the agents in a langgraph.json, or of a list, as an MCP server gives one or one tool a line.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf } from "../kernel/errors.js";
import { isJsonObject } from "../kernel/json.js";
import { effectOf } from "../policies/tool-policy.js";
import type { Reversibility } from "../policies/words.js";
import { readJsonLines } from "../replay/json-lines.js";
import type { UnknownTool } from "../risk/read-tool.js";
import { builtInNames } from "../tools/built-in/built-in.js";
import { Refusal } from "./command.js";

export interface KnownTool {
  /** Null: of a list that no agent has. */
  agent: string | null;
  tool: UnknownTool;
  /** What holds for it now: its author's word, and the policy's over it. */
  stands: Reversibility;
}

export async function knownTools(file: string): Promise<KnownTool[]> {
  if (/\.jsonl(\.gz)?$/.test(file)) return (await readJsonLines(file, toolSchema)).map(toolListed);
  let given: unknown;
  try {
    given = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
  }
  return isJsonObject(given) && "graphs" in given ? toolsOfAgents(file) : toolsListed(given, file);
}

async function toolsOfAgents(file: string): Promise<KnownTool[]> {
  // They bring LangChain along, which a list of tools does not need.
  const [{ loadGraphs }, { prepareAgent }] = await Promise.all([
    import("../server/load-graphs.js"),
    import("../runtime/agent.js"),
  ]);
  const { agents } = await loadGraphs(file);
  return agents.map(prepareAgent).flatMap(({ id, tools, policy }) =>
    [...tools.values()].filter(isTheirs).map((tool) => ({
      agent: id,
      stands: effectOf(policy, tool.name, tool).reversibility,
      tool: {
        name: tool.name,
        description: tool.description,
        argsSchema: tool.argsSchema,
        annotations: tool.annotations,
        // What its author declared in code is the word of somebody who is trusted.
        isTrusted: true,
      },
    })),
  );
}

/** Holdpoint's own need no reading. */
function isTheirs({ name }: { name: string }): boolean {
  return !(builtInNames as readonly string[]).includes(name);
}

const hint = z
  .boolean()
  .nullish()
  .transform((said) => said ?? undefined);
const toolSchema = z.object({
  name: z.string(),
  description: z.string().nullish(),
  inputSchema: z.unknown().optional(),
  /** As collections of tools call it. */
  schema: z.unknown().optional(),
  annotations: z.object({ readOnlyHint: hint, destructiveHint: hint }).nullish(),
});
const listSchema = z.union([
  z.array(toolSchema),
  z.object({ tools: z.array(toolSchema) }).transform(({ tools }) => tools),
  // JSON-RPC, as it comes over the wire.
  z.object({ result: z.object({ tools: z.array(toolSchema) }) }).transform(({ result }) => result.tools),
]);

function toolsListed(given: unknown, file: string): KnownTool[] {
  const parsed = listSchema.safeParse(given);
  if (!parsed.success)
    throw new Refusal(
      `${file} is neither a langgraph.json with "graphs" nor a list of tools, as [{ name, description, inputSchema }].`,
    );
  return parsed.data.map(toolListed);
}

function toolListed({
  name,
  description,
  inputSchema,
  schema,
  annotations,
}: z.output<typeof toolSchema>): KnownTool {
  const argsSchema = inputSchema ?? schema;
  return {
    agent: null,
    // Nobody has said anything of it that counts.
    stands: "irreversible",
    tool: {
      name,
      description: description ?? "",
      argsSchema: isJsonObject(argsSchema) ? argsSchema : null,
      ...(annotations ? { annotations } : {}),
    },
  };
}
