// What an expression looks at beyond the call itself, found when the policy loads: so that only that is fetched, and a
// fact that nobody defined is its author's error.
import type { ASTNode } from "@marcbachmann/cel-js";
import { isTool, walk, type Refusal } from "./cel-limits.js";

export interface Uses {
  readonly facts: readonly { readonly name: string; readonly offset: number }[];
  readonly words: boolean;
  readonly now: boolean;
  /** The tools it is about, by the names it compares with; null where it does not ask which tool is called. */
  readonly tools: readonly string[] | null;
  /** Nothing but which tool is called: of that tool it says the same of every call. */
  readonly toolAlone: boolean;
}

export type UsesFound = { ok: true; uses: Uses } | ({ ok: false } & Refusal);

export function usesOf(ast: ASTNode): UsesFound {
  const facts: { name: string; offset: number }[] = [];
  const named = new Set<ASTNode>();
  let words = false;
  let now = false;
  let tools: string[] | null = null;
  let toolAlone = true;
  for (const { node } of walk(ast)) {
    const member = memberOf(node);
    if (member && member.of.args === "facts") facts.push({ name: member.name, offset: node.start });
    if (member && member.of.args === "user") {
      if (!userMembers.includes(member.name)) {
        const message = `There is no user.${member.name}. Known are ${userMembers.map((name) => `user.${name}`).join(", ")}.`;
        return { ok: false, message, offset: node.start };
      }
      words = true;
    }
    if (member) named.add(member.of);
    if (node.op === "id" && node.args === "now") now = true;
    if (isTool(node)) tools ??= [];
    else if (node.op === "id") toolAlone = false;
    const comparedWith = toolsNamedIn(node);
    if (comparedWith.length > 0) tools = [...(tools ?? []), ...comparedWith];
    // Whatever is reached through a bare `facts` could be misspelt, and nobody would hear of it.
    if (node.op === "id" && (node.args === "facts" || node.args === "user") && !named.has(node)) {
      const how = node.args === "facts" ? "facts.NAME[key]" : "user.words, user.last or user.all";
      return { ok: false, message: `Write ${how}: ${node.args} by itself says nothing.`, offset: node.start };
    }
  }
  return { ok: true, uses: { facts, words, now, tools, toolAlone } };
}

const userMembers = ["words", "last", "all"];

/** `walk` comes to a node before its parts. */
function memberOf(node: ASTNode): { of: ASTNode & { op: "id" }; name: string } | null {
  if (node.op !== "." && node.op !== ".?") return null;
  const [of, name] = node.args;
  return of.op === "id" && typeof name === "string" ? { of: of as ASTNode & { op: "id" }, name } : null;
}

/** `tool == 'pay'`, `tool in ['pay', 'wipe']`. What it compares in another way (`tool.startsWith('pay')`) names no tool. */
function toolsNamedIn(node: ASTNode): string[] {
  if (node.op !== "==" && node.op !== "in") return [];
  const [left, right] = node.args;
  if (!isTool(left) && !isTool(right)) return [];
  return [left, ...(right.op === "list" ? right.args : [right])].flatMap(({ op, args }) =>
    op === "value" && typeof args === "string" ? [args] : [],
  );
}
