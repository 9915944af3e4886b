import type { ASTNode } from "@marcbachmann/cel-js";
import { isToolName, spelledOut } from "./tool-name.js";

/**
 * What of CEL a rule may not use, found when the policy loads. A rule runs on arguments that a model wrote, inside the
 * process that serves everybody: its cost must be bounded by its length, and no argument may make it answer wrongly.
 */
export interface Refusal {
  message: string;
  offset: number;
}

export function refusalOf(ast: ASTNode): Refusal | null {
  for (const visit of walk(ast)) {
    const refusal = refuseDepth(visit) ?? refuseDivision(visit) ?? refuseCall(visit) ?? refuseName(visit);
    if (refusal) return refusal;
  }
  return null;
}

/** Whether the expression goes through a list, element by element. */
export function usesMacro(ast: ASTNode): boolean {
  return [...walk(ast)].some(({ node }) => isMacro(node));
}

const maxDepth = 200;

function refuseDepth({ node, depth }: Visit): Refusal | null {
  if (depth <= maxDepth) return null;
  return {
    message: `This expression is nested more than ${maxDepth} deep. Split the rule.`,
    offset: node.start,
  };
}

// 0 / 0 is NaN, and every comparison with NaN is false: a model could choose arguments that pass any rule.
function refuseDivision({ node }: Visit): Refusal | null {
  if (node.op !== "/" && node.op !== "%") return null;
  const [, divisor] = node.args;
  if (divisor.op === "value" && Number(divisor.args) !== 0) return null;
  const message = `Only division by a number other than 0 is allowed. Instead of \`a / b > c\`, write \`a > c * b\`.`;
  return { message, offset: divisor.start };
}

function refuseCall({ node, insideMacro }: Visit): Refusal | null {
  const called = calledName(node);
  if (called === null) return null;
  const { name, offset } = called;
  if (!functions.has(name) && !macros.has(name)) {
    const advice = adviceByName[name] ?? `Known are ${[...functions, ...macros].join(", ")}.`;
    return { message: `${name}() is not part of the rule language. ${advice}`, offset };
  }
  if (insideMacro && isMacro(node)) {
    const message = `${name}() stands inside another walk through a list, which can take the square of its length. Use one.`;
    return { message, offset };
  }
  return null;
}

// A rule on a name that no tool can have looks as if it guarded one, and never speaks.
function refuseName({ node }: Visit): Refusal | null {
  if (node.op !== "==" && node.op !== "!=" && node.op !== "in") return null;
  const [left, right] = node.args;
  if (!isTool(left) && !isTool(right)) return null;
  const named = [left, ...(right.op === "list" ? right.args : [right])];
  for (const { op, args: name, start } of named) {
    if (op !== "value" || typeof name !== "string" || isToolName(name)) continue;
    const message = `No tool can be called "${spelledOut(name)}", so this compares with nothing. A name has letters (a to z), digits, _ or -.`;
    return { message, offset: start };
  }
  return null;
}

export function isTool(node: ASTNode): boolean {
  return node.op === "id" && node.args === "tool";
}

/** A closed list, so that a function a new version of the library brings is refused until somebody looked at it. */
const functions = new Set(
  `has size contains startsWith endsWith lowerAscii upperAscii trim indexOf lastIndexOf substring split join mentions
  number int string bool timestamp getFullYear getMonth getDate getDayOfWeek getHours getMinutes getSeconds`.split(
    /\s+/,
  ),
);

const macros = new Set(["all", "exists", "exists_one", "map", "filter"]);

const adviceByName: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  // 'aaa…!'.matches('^(a+)+$') held the process for 80 seconds.
  matches: "A pattern can hold the whole process for minutes. Use contains, startsWith or endsWith.",
  not: "Write ! for not: !(args.amount > 10).",
  len: "Write size: size(args.items) > 3.",
  double: 'It reads "nan", with which every comparison is false. Use number.',
  // parseDuration takes the cube of the length of its argument.
  duration: "Compare timestamps, or use getHours on their difference.",
  // Each bind can double a list: thirty of them fill the memory.
  bind: "Write the value out where it is used.",
});

export interface Visit {
  node: ASTNode;
  depth: number;
  insideMacro: boolean;
}

export function* walk(node: ASTNode, depth = 0, insideMacro = false): Generator<Visit> {
  yield { node, depth, insideMacro };
  for (const child of childrenOf(node)) yield* walk(child, depth + 1, insideMacro || isMacro(node));
}

function isMacro(node: ASTNode): boolean {
  return node.op === "rcall" && macros.has(node.args[0]);
}

function calledName(node: ASTNode): { name: string; offset: number } | null {
  if (node.op === "call") return { name: node.args[0], offset: node.start };
  if (node.op !== "rcall") return null;
  const [name, receiver] = node.args;
  return { name, offset: node.input.indexOf(name, receiver.end) };
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "!_":
    case "-_":
      return [node.args];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "list":
    case "?:":
    case "||":
    case "&&":
    case "[]":
    case "[?]":
    case "==":
    case "!=":
    case "in":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return node.args;
  }
}
