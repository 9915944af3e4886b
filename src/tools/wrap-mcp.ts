import { z } from "zod";
import { messageOf } from "../kernel/errors.js";
import { parseJsonValue, type JsonObject } from "../kernel/json.js";
import { plainTitle } from "./define-tool.js";
import { parserOf } from "./json-schema.js";
import type { HoldpointTool, ToolAnnotations } from "./tool.js";

/** The two calls of an MCP client that are needed here; `Client` of @modelcontextprotocol/sdk has them. */
export interface McpClient {
  listTools(params?: { cursor?: string }): Promise<unknown>;
  callTool(
    params: { name: string; arguments: JsonObject },
    schema?: undefined,
    options?: { signal: AbortSignal; timeout: number },
  ): Promise<unknown>;
}

/**
 * Makes the tools of an MCP server Holdpoint tools.
 * Its annotations are words of the server: by the specification untrusted unless the server is. From a server that
 * is not `trusted` they can therefore not lower the risk of a tool, which then reads as irreversible and blind.
 */
export async function wrapMcpTools(
  client: McpClient,
  options: { trusted?: boolean } = {},
): Promise<HoldpointTool[]> {
  const tools: HoldpointTool[] = [];
  let cursor: string | undefined;
  do {
    const page = toolPage.parse(await client.listTools(cursor === undefined ? {} : { cursor }));
    tools.push(...page.tools.map((tool) => wrapMcpTool(client, tool, options.trusted === true)));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tools;
}

function wrapMcpTool(client: McpClient, tool: McpTool, trusted: boolean): HoldpointTool {
  const annotations: ToolAnnotations = trusted
    ? definedOnly(tool.annotations)
    : definedOnly({ title: tool.annotations.title, destructiveHint: tool.annotations.destructiveHint });
  const readOnly = annotations.readOnlyHint === true;
  // destructiveHint false means "only adds": by MCP's own words that is not yet "can be taken back".
  const argsSchema = parseJsonValue(tool.inputSchema) as JsonObject;
  // Servers may put dots and slashes in a name; providers of models take none.
  const name = tool.name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return {
    name,
    description: tool.description,
    argsSchema,
    annotations,
    readOnly,
    idempotent: readOnly || annotations.idempotentHint === true,
    reversibility: readOnly ? "reversible" : "irreversible",
    effect: "blind",
    title: (args) => plainTitle(name, tool.annotations.title, args),
    parseArgs: parserOf(name, argsSchema),
    run: async (args, { signal }) => {
      const result = await answerOf(() =>
        client.callTool({ name: tool.name, arguments: args }, undefined, { signal, timeout }),
      );
      const text = contentText(result.content);
      if (result.isError)
        throw new Error(text || `The MCP tool ${tool.name} reported an error without saying which.`);
      return result.structuredContent ?? text;
    },
  };
}

// The time limit of a call is ours; the client has one of its own, which is shorter.
const timeout = 2 ** 31 - 1;

/** What the server said. Where the call may have run and nobody can say so, the fault is one of an unknown outcome. */
async function answerOf(call: () => Promise<unknown>): Promise<z.infer<typeof toolResult>> {
  try {
    return toolResult.parse(await call());
  } catch (thrown) {
    if (!mayHaveRun(thrown)) throw thrown;
    throw Object.assign(new Error(`No answer that can be read: ${messageOf(thrown)}`, { cause: thrown }), {
      name: "OutcomeUnknownError",
    });
  }
}

/**
 * Tells the client's faults from the server's answers: a connection that closed (-32000), no answer in time (-32001), a
 * gateway's status, or a result that came and did not have the announced form.
 */
function mayHaveRun(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || "issues" in thrown || /structured content/i.test(thrown.message))
    return true;
  const code = "code" in thrown && typeof thrown.code === "number" ? thrown.code : 0;
  return code === -32_000 || code === -32_001 || code === -1 || code >= 500;
}

const toolPage = z.object({
  tools: z.array(
    z.object({
      name: z.string(),
      description: z.string().default(""),
      inputSchema: z.record(z.string(), z.unknown()),
      annotations: z
        .object({
          title: z.string().optional(),
          readOnlyHint: z.boolean().optional(),
          destructiveHint: z.boolean().optional(),
          idempotentHint: z.boolean().optional(),
          openWorldHint: z.boolean().optional(),
        })
        .default({}),
    }),
  ),
  nextCursor: z.string().optional(),
});
type McpTool = z.infer<typeof toolPage>["tools"][number];

const toolResult = z.object({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
});

/** It never throws: by now the tool has run. */
function contentText(content: unknown[]): string {
  return content.map((part) => textPart.safeParse(part).data?.text ?? JSON.stringify(part)).join("\n");
}

const textPart = z.object({ type: z.literal("text"), text: z.string() });

function definedOnly(annotations: {
  [K in keyof ToolAnnotations]: ToolAnnotations[K] | undefined;
}): ToolAnnotations {
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined));
}
