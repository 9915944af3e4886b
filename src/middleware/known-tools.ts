// The tools of an agent that LangChain builds: those that were given to the middleware, which say what they do, and
// those that only the agent was given, which it shows us when it calls its model or a tool.
import { DynamicStructuredTool, type StructuredToolInterface } from "@langchain/core/tools";
import { HoldpointError } from "../kernel/errors.js";
import { plainTitle } from "../tools/define-tool.js";
import type { HoldpointTool } from "../tools/tool.js";
import { toolSet, type ToolSet } from "../tools/tool-set.js";
import { wrapLangChainTool } from "../tools/wrap-langchain.js";

export interface KnownTools extends Pick<ToolSet, "get"> {
  /** The tools that the middleware brings to the agent, as LangChain takes them. */
  readonly brought: StructuredToolInterface[];
  /** Throws `tool_invalid` where two have one name. */
  learn(tools: readonly unknown[]): void;
  /** What a tool of the agent is to us; undefined for what is none. */
  of(tool: unknown): HoldpointTool | undefined;
}

export function createKnownTools(given: Parameters<typeof toolSet>[0]): KnownTools {
  const declared = new Map(
    [...toolSet(given).values()].map((tool): [StructuredToolInterface, HoldpointTool] => [
      tool.langchain ?? asLangChainTool(tool),
      tool,
    ]),
  );
  // An agent that is built anew for each request comes with new tools of the same names.
  const read = new WeakMap<StructuredToolInterface, HoldpointTool>();
  const byName = new Map([...declared.values()].map((tool) => [tool.name, tool]));

  const of = (tool: unknown): HoldpointTool | undefined => {
    if (!isLangChainTool(tool)) return undefined;
    const known = declared.get(tool) ?? read.get(tool) ?? wrapLangChainTool(tool);
    read.set(tool, known);
    byName.set(known.name, known);
    return known;
  };

  return {
    brought: [...declared.keys()],
    of,
    learn(tools) {
      const names = new Set<string>();
      for (const tool of tools) {
        const { name } = of(tool) ?? {};
        if (name === undefined) continue;
        if (names.has(name)) throw doubled(name);
        names.add(name);
      }
    },
    get: (name) => byName.get(name) ?? unseenTool(name),
  };
}

/** What the provider itself carries out stands among an agent's tools, too, as a plain object. */
function isLangChainTool(tool: unknown): tool is StructuredToolInterface {
  return typeof tool === "object" && tool !== null && "invoke" in tool && "schema" in tool && "name" in tool;
}

/** Its arguments were parsed by us, and it runs under a claim; so there is nothing left to do for LangChain's own way. */
function asLangChainTool({ name, description, argsSchema }: HoldpointTool): StructuredToolInterface {
  return new DynamicStructuredTool({
    name,
    description,
    schema: argsSchema,
    func: () =>
      Promise.reject(
        new HoldpointError(
          "tool_invalid",
          `The tool ${name} was called past holdpointMiddleware, which alone may run it. It was not executed.`,
        ),
      ),
  });
}

/**
 * Stands in for a tool whose call is decided before this process has run its agent: nothing is known of it, so it is
 * measured as what cannot be undone, and nothing can check an edit.
 */
function unseenTool(name: string): HoldpointTool {
  const notSeen = (): never => {
    throw new HoldpointError(
      "edit_refused",
      `This process has not seen the tool ${name} yet, so nothing can check the edit. Give it to holdpointMiddleware in \`tools\`, or let the agent run first.`,
    );
  };
  return {
    name,
    description: "",
    argsSchema: {},
    annotations: {},
    readOnly: false,
    idempotent: false,
    reversibility: "irreversible",
    effect: "blind",
    title: (args) => plainTitle(name, undefined, args),
    parseArgs: notSeen,
    run: notSeen,
  };
}

function doubled(name: string): HoldpointError {
  return new HoldpointError(
    "tool_invalid",
    `The agent has two tools named "${name}". Which one was approved must be certain: what holdpointMiddleware is given in \`tools\` comes from there, and is not given to createAgent again.`,
  );
}
