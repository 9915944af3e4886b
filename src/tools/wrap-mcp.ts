import { z } from "zod";
import { isJsonObject, parseJsonValue, type Json, type JsonObject } from "../kernel/json.js";
import { plainTitle } from "./define-tool.js";
import { parserOf } from "./json-schema.js";
import type { HoldpointTool, ToolAnnotations } from "./tool.js";

/** The two calls of an MCP client that are needed here; `Client` of @modelcontextprotocol/sdk has them. */
export interface McpClient {
  listTools(params?: { cursor?: string }): Promise<unknown>;
  callTool(
    params: { name: string; arguments: JsonObject },
    schema?: undefined,
    options?: { signal: AbortSignal },
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
  return {
    name: tool.name,
    description: tool.description,
    argsSchema,
    annotations,
    readOnly,
    idempotent: readOnly || annotations.idempotentHint === true,
    reversibility: readOnly ? "reversible" : "irreversible",
    effect: "blind",
    title: (args) => plainTitle(tool.name, tool.annotations.title, args),
    parseArgs: parserOf(tool.name, argsSchema),
    run: async (args, { signal }) => {
      const result = toolResult.parse(
        await client.callTool({ name: tool.name, arguments: args }, undefined, { signal }),
      );
      const text = contentText(result.content);
      if (result.isError)
        throw new Error(text || `The MCP tool ${tool.name} reported an error without saying which.`);
      return result.structuredContent ?? text;
    },
  };
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

function contentText(content: unknown[]): string {
  return content
    .map((part): Json => {
      const json = parseJsonValue(part);
      return isJsonObject(json) && json["type"] === "text" ? (json["text"] ?? "") : json;
    })
    .map((part) => (typeof part === "string" ? part : JSON.stringify(part)))
    .join("\n");
}

function definedOnly(annotations: {
  [K in keyof ToolAnnotations]: ToolAnnotations[K] | undefined;
}): ToolAnnotations {
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined));
}
