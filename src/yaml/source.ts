import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";

/** A YAML text that remembers where everything stands, so that each complaint can point at the very character. */
export interface YamlSource {
  data: unknown;
  problems: Problem[];
  locate: (spot: Spot) => Position;
}

export interface Position {
  line: number;
  col: number;
}

export interface Problem extends Position {
  message: string;
}

/** A place in the data. What is not written in the text is looked for in the nearest part that is. */
export interface Spot {
  path: readonly PropertyKey[];
  aim: "key" | "value";
  /** A character inside the string that stands there. */
  offset?: number;
}

const maxLength = 1_000_000;

export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  if (text.length > maxLength) {
    const message = `This file has ${text.length} characters; ${maxLength} is the most such a file may have.`;
    return { data: null, problems: [{ line: 1, col: 1, message }], locate: () => ({ line: 1, col: 1 }) };
  }
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1) };
  };
  const problems = problemsOf(document).map(({ offset, message }) => ({ ...positionAt(offset), message }));
  return {
    data: problems.length === 0 ? document.toJS() : null,
    problems,
    locate: (spot) => positionAt(offsetOf(document, text, spot)),
  };
}

interface Misfit {
  offset: number;
  message: string;
}

function problemsOf(document: Document): Misfit[] {
  // A warning is an unknown tag: its value would be read as something else than was meant.
  const found = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    message,
  }));
  if (document.directives?.yaml.version !== "1.2") {
    found.push({ offset: 0, message: "Only YAML 1.2 is read here. Remove the %YAML line." });
  }
  const add = (node: Node, message: string | null): void => {
    if (message !== null) found.push({ offset: startOf(node) ?? 0, message });
  };
  visit(document, {
    Node(_key, node) {
      add(node, objectionToNode(node));
    },
    Pair(_key, { key }) {
      if (isScalar(key)) add(key, objectionToKey(String(key.value)));
    },
  });
  return found;
}

function objectionToNode(node: Node): string | null {
  if (isAlias(node) || ("anchor" in node && node.anchor)) {
    return "Anchors and aliases are refused: write the value out at each place.";
  }
  const isHalf = isScalar(node) && /\p{Surrogate}/u.test(String(node.value));
  return isHalf ? "This string holds half of a surrogate pair." : null;
}

function objectionToKey(key: string): string | null {
  return ["<<", "__proto__"].includes(key) ? `The key ${key} is refused.` : null;
}

function offsetOf(document: Document, text: string, { path, aim, offset = 0 }: Spot): number {
  let node: unknown = document.contents;
  let pair: Pair | null = null;
  let found = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    pair = isMap(node) ? (node.items.find(({ key }) => isScalar(key) && key.value === step) ?? null) : null;
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    const isLast = depth === path.length - 1;
    const start = isLast && aim === "key" && pair ? startOf(pair.key) : (startOf(node) ?? startOf(pair?.key));
    if (start === null) return found;
    found = start;
  }
  return isScalar(node) && aim === "value" ? found + offsetInScalar(node, text, offset) : found;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

/** From a character of the value to that of the text: quotes and escapes stand between. 0 where that is not plain. */
function offsetInScalar(scalar: Scalar, text: string, offset: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const written = text.slice(start, end);
  if (written.includes("\n")) return 0;
  const pieces = piecesByType[scalar.type ?? ""];
  if (pieces === undefined) return scalar.type === "PLAIN" ? offset : 0;
  const before = (written.slice(1, -1).match(pieces) ?? []).slice(0, offset);
  return 1 + before.join("").length;
}

/** What stands for one character between quotes. */
const piecesByType: Readonly<Record<string, RegExp>> = {
  QUOTE_SINGLE: /''|[^]/g,
  QUOTE_DOUBLE: /\\x..|\\u.{4}|\\U.{8}|\\[^]|[^]/g,
};
