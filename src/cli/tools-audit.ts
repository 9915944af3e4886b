import { stringify } from "yaml";
import type { ModelReading } from "../models/tool-reading.js";
import type { Reversibility } from "../policies/words.js";
import { readTool, type Finding, type ToolReading } from "../risk/read-tool.js";
import type { Effect } from "../risk/vocabulary.js";
import { askedReadings } from "./asked-readings.js";
import { defineCommand } from "./command.js";
import { knownTools, type KnownTool } from "./known-tools.js";
import { printable } from "./printable.js";
import { formatTable } from "./table.js";

export const toolsAuditCommand = defineCommand({
  name: "tools audit",
  usage: "[FILE] [--model NAME] [--yaml | --json]",
  summary: "Read what every tool may do, for a person to confirm into policy.yaml.",
  details: `FILE is langgraph.json (the default), whose agents' tools are read beside what they declare; or a list of tools as
an MCP server answers tools/list: [{ name, description, inputSchema, annotations }], { tools: [...] }, or all of the
answer, { result: { tools: [...] } }. A file named .jsonl (or .jsonl.gz) has one tool a line; its schema may be called schema.

The reading is of names, descriptions, schemas and annotations, word by word, and always the same. It changes nothing: what
is not declared stays irreversible until policy.yaml says otherwise.

  --yaml   the tools that are read otherwise than they stand, as lines for policy.yaml
  --json   one JSON object a line, with the word behind each finding
  --model NAME   ask this model of OpenAI (OPENAI_API_KEY, OPENAI_BASE_URL) where the words differ or say nothing (?). What
                 it says is shown beside the reading, with its reason; it may raise a reading, and never lowers one`,
  options: {
    yaml: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    model: { type: "string" },
  },
  positionals: ["[FILE]"],
  async run({ yaml, json, model }, terminal, file = "langgraph.json") {
    const read = (await knownTools(file)).map((known) => ({ ...known, reading: readTool(known.tool) }));
    const asked = model === undefined ? null : await askedReadings(read, model, terminal);
    const audited = read.map((one): Audited => ({ ...one, asked: asked?.get(one) ?? null }));
    if (json) {
      for (const { agent, tool, stands, reading, asked: model } of audited)
        terminal.out(
          `${JSON.stringify({ agent, tool: tool.name, stands, ...reading, ...(model ? { model } : {}) })}\n`,
        );
    } else if (yaml) terminal.out(asPolicy(audited));
    else terminal.out(asTable(audited));
    return 0;
  },
});

interface Audited extends KnownTool {
  reading: ToolReading;
  /** What a model says of it; null where none was asked. */
  asked: ModelReading | null;
}

function asTable(audited: readonly Audited[]): string {
  const isAsked = audited.some(({ asked }) => asked !== null);
  const rows = audited.map(({ agent, tool, stands, reading, asked }) => [
    agent ?? "",
    tool.name,
    stands,
    `${reading.effect}${reading.isSure ? "" : "?"}`,
    domainsText(reading),
    fieldsText(reading),
    reading.why.length === 0 ? "no word of it is known" : reading.why.map(findingText).join("; "),
    ...(isAsked ? [asked ? askedText(asked, reading) : ""] : []),
  ]);
  const unsure = audited.filter(({ reading }) => !reading.isSure).length;
  return (
    formatTable(
      [
        "agent",
        "tool",
        "stands as",
        "reads as",
        "where",
        "fields",
        "because",
        ...(isAsked ? ["a model says"] : []),
      ],
      rows,
    ) +
    `\n${audited.length} tools${unsure === 0 ? "" : `, of ${unsure} of which the words differ or say nothing (?): the worse reading stands`}.\n`
  );
}

/** In one line: it is also a comment of the policy. */
function askedText(asked: ModelReading, { effect }: ToolReading): string {
  switch (asked.kind) {
    case "none":
      return oneLine(`${asked.model} gave no reading: ${asked.why}`);
    case "given": {
      const stays =
        asked.proposes === asked.says ? "" : `, which is less than its words say, so ${effect} stays`;
      return oneLine(`${asked.model}: ${asked.says}${stays}: ${asked.why}`);
    }
  }
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "));
}

function findingText({ in: where, word, says }: Finding): string {
  return `${where}: ${word} (${says})`;
}

function domainsText({ domains, isAboutPeople }: ToolReading): string {
  return [...new Set([...domains, ...(isAboutPeople ? ["people's data"] : [])])].join(", ");
}

function fieldsText({ fields }: ToolReading): string {
  return Object.entries(fields)
    .flatMap(([what, name]) => (name === null ? [] : [`${what} ${name}`]))
    .join(", ");
}

/** `read` has no word of its own in a policy: what only reads can be taken back. */
function asPolicy(audited: readonly Audited[]): string {
  const reads = readsByName(audited);
  const changing = new Set(
    audited.flatMap(({ tool: { name }, stands }) => (reads.get(name) === stands ? [] : [name])),
  );
  const lines = audited.map((one) => ({ comment: commentOf(one), line: lineOf(one.tool.name) }));
  const comments = lines.map(({ comment }) => comment).join("");
  if (lines.every(({ line }) => line === "")) return `# Every tool is read as it stands.\n${comments}`;
  const said = lines.map(({ comment, line }) => indented(comment + line)).join("");
  return `# Read by words; confirm each before it goes into policy.yaml.\ntools:\n${said}`;

  /** At the first tool of its name, and only there. */
  function lineOf(name: string): string {
    return changing.delete(name) ? stringify({ [name]: { reversibility: reads.get(name) } }) : "";
  }
}

/** A policy says one thing of a name, whichever agents have such a tool: the worse. */
function readsByName(audited: readonly Audited[]): ReadonlyMap<string, Reversibility> {
  const reads = new Map<string, Reversibility>();
  for (const { tool, reading, asked } of audited) {
    const one = reversibilityOf(asked?.kind === "given" ? asked.proposes : reading.effect);
    if (one === "irreversible" || !reads.has(tool.name)) reads.set(tool.name, one);
  }
  return reads;
}

function commentOf({ tool, reading, asked }: Audited): string {
  return asked ? `# ${oneLine(tool.name)}: ${askedText(asked, reading)}\n` : "";
}

function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, "  ");
}

function reversibilityOf(effect: Effect): "reversible" | "irreversible" {
  return effect === "irreversible" ? "irreversible" : "reversible";
}
