import type { StructuredToolInterface } from "@langchain/core/tools";
import { HoldpointError } from "../kernel/errors.js";
import { builtIn, builtInNames, type BuiltInName } from "./built-in/built-in.js";
import { replyName } from "../policies/about-answers.js";
import { checkName } from "./define-tool.js";
import type { HoldpointTool } from "./tool.js";
import { wrapLangChainTool } from "./wrap-langchain.js";

export type ToolSet = ReadonlyMap<string, HoldpointTool>;

/** Names of tools that Holdpoint itself brings; a company's own tool must not be mistaken for one. */
const reserved = new Set<string>([replyName, ...builtInNames]);

export function isReservedName(name: string): boolean {
  return reserved.has(name);
}

/**
 * Tools by name. LangChain tools may stand among ours and get the safe reading. Throws `tool_invalid` on a wrong or double name.
 * @param builtIns which of Holdpoint's own come with them.
 */
export function toolSet(
  tools: readonly (HoldpointTool | StructuredToolInterface)[],
  builtIns: readonly BuiltInName[] = [],
): ToolSet {
  const byName = new Map<string, HoldpointTool>(builtIns.map((name) => [name, builtIn[name]]));
  for (const given of tools) {
    const tool = isHoldpointTool(given) ? given : wrapLangChainTool(given);
    checkName(tool.name);
    if (isReservedName(tool.name)) {
      throw new HoldpointError(
        "tool_invalid",
        `The name "${tool.name}" belongs to a tool of Holdpoint's own. Rename yours.`,
      );
    }
    if (byName.has(tool.name)) {
      throw new HoldpointError(
        "tool_invalid",
        `Two tools are named "${tool.name}". Which one was approved must be certain; rename one.`,
      );
    }
    byName.set(tool.name, tool);
  }
  return byName;
}

function isHoldpointTool(tool: HoldpointTool | StructuredToolInterface): tool is HoldpointTool {
  return "parseArgs" in tool;
}
