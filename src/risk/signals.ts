// What can be seen about one call without a model, in the words of whoever decides it.
import type { JsonObject } from "../kernel/json.js";
import type { ReservedCategory } from "../policies/words.js";
import { actOf } from "./acts.js";
import { complaintIn, type Complained, type Recalled } from "./complaints.js";
import { hijackIn, type Hijack } from "./hijack.js";
import type { Conversation } from "./conversation.js";
import { leavingIn, type DataClass } from "./leaving.js";
import { originsOf, type Origins } from "./origin.js";
import { readTool, type ToolReading, type UnknownTool } from "./read-tool.js";
import { reservedIn, sourceOf } from "./reserved.js";
import { unusualIn, type Unusual } from "./unusual.js";
import { valuesNamed, type NamedValue } from "./values.js";

export interface Signal {
  rule: SignalId;
  /** For the reviewer, never for whoever chats. */
  text: string;
  /** The least level of a call of which this is seen. */
  level: "medium" | "high" | "critical";
  /** False: it is told to whoever decides, and holds nothing that can be taken back free of charge. */
  holds: boolean;
}

export const signalIds = [
  "hijack-suspect",
  "from-nowhere",
  "new-recipient",
  "unusual-amount",
  "unusual-reach",
  "sensitive-data",
  "contact-data",
  "reserved-category",
  "prior-complaint",
  "after-refusal",
] as const;
export type SignalId = (typeof signalIds)[number];

export interface JudgedCall {
  /** What the company says of it: which decision about people it makes, or that it makes none. Absent: its name tells. */
  reserved?: ReservedCategory | "never";
  tool: Pick<UnknownTool, "name" | "description"> & { argsSchema: JsonObject | null };
  args: JsonObject;
}

/** What came of an earlier call of the conversation that was not let through as it was proposed. */
export interface RefusedBefore {
  tool: string;
  /** `edit` and `respond`: a person changed it, or answered in its place. */
  by: "policy" | "reject" | "edit" | "respond";
}

/**
 * @param conversation null: what was said in the conversation is not known, so nothing is held against it
 * @param before arguments of the last calls of this tool that were carried out
 * @param complaints about calls of this tool, the newest first
 * @param refused the last call of the conversation that was judged, where it was not let through as it was
 */
export function signalsOf(
  { tool, args, reserved }: JudgedCall,
  conversation: Conversation | null,
  before: readonly JsonObject[],
  complaints: readonly Complained[] = [],
  refused: RefusedBefore | null = null,
): Signal[] {
  const reading = readingOf(tool);
  const values = valuesNamed(args, tool.argsSchema);
  return [
    ...reservedSignals(tool.name, reserved),
    ...(conversation ? conversationSignals(tool, reading, values, conversation) : []),
    ...unusualIn(args, values, before).map(unusualSignal),
    ...complaintSignals(complaintIn(values, complaints, tool.argsSchema)),
    ...(refused ? [refusedSignal(refused)] : []),
    ...(sendsOut(reading) ? leavingSignals(args) : []),
  ];
}

/** A person decides about people, whatever can be taken back of it. */
function reservedSignals(name: string, said: JudgedCall["reserved"]): Signal[] {
  if (said === "never") return [];
  const held = { rule: "reserved-category", level: "high", holds: true } as const;
  if (said !== undefined)
    return [
      { ...held, text: `This decides about a person: ${said}, as the policy says (${sourceOf(said)}).` },
    ];
  const found = reservedIn(name);
  if (!found) return [];
  const { category, verb, thing, source } = found;
  const words = verb === thing ? `“${verb}”` : `“${verb}” and “${thing}”`;
  const text = `By ${words} in its name this decides about a person: ${category}. Law wants a person to decide that (${source}).`;
  return [{ ...held, text }];
}

function conversationSignals(
  tool: JudgedCall["tool"],
  reading: ToolReading,
  values: readonly NamedValue[],
  conversation: Conversation,
): Signal[] {
  const origins = originsOf(values, conversation.asked, conversation.results);
  const hijack = hijackIn(actOf(tool, reading), origins, conversation);
  return [...(hijack ? [hijackSignal(hijack)] : []), ...nowhereSignals(origins)];
}

function hijackSignal(hijack: Hijack): Signal {
  const held = { rule: "hijack-suspect", level: "critical", holds: true } as const;
  switch (hijack.kind) {
    case "ordered":
      return {
        ...held,
        text: `A result of ${hijack.in} tells somebody to do this, and nobody who may: “${short(hijack.order)}”`,
      };
    case "unasked":
      return {
        ...held,
        text: `Nobody asked for such an act, and ${told(hijack.values)} only in a result of ${hijack.in}.`,
      };
  }
}

/**
 * Whoever decides is told; alone it holds nothing that can be taken back free of charge, for agents name much themselves:
 * a tag, a title, a new file. An amount may have been worked out from others; nobody works out an id or an address.
 */
function nowhereSignals({ nowhere }: Origins): Signal[] {
  const found = { rule: "from-nowhere", level: "medium", holds: false } as const;
  const where = "neither in what was asked nor in a result of a tool";
  const sums = nowhere.filter(isSum);
  const others = nowhere.filter((value) => !isSum(value));
  return [
    ...(others.length > 0 ? [{ ...found, text: `${told(others)} ${where}.` }] : []),
    ...(sums.length > 0
      ? [{ ...found, text: `${told(sums)} ${where}: it was worked out, or made up.` }]
      : []),
  ];
}

function isSum({ value }: NamedValue): boolean {
  return typeof value === "number";
}

function complaintSignals(recalled: Recalled | null): Signal[] {
  if (!recalled) return [];
  const { text, value, count } = recalled;
  const times = count === 1 ? "once" : `${count} times`;
  return [
    {
      rule: "prior-complaint",
      level: "medium",
      holds: true,
      text: `What this tool did for ${value.path} ${short(value.value)} was complained about ${times}: “${short(text)}”`,
    },
  ];
}

/** Whatever led the agent astray still stands in the conversation. */
function refusedSignal({ tool, by }: RefusedBefore): Signal {
  return {
    rule: "after-refusal",
    level: "medium",
    holds: true,
    text: `The last call of this conversation that was judged, one of ${tool}, was not let through as it was: ${cameOf[by]}.`,
  };
}

const cameOf: Readonly<Record<RefusedBefore["by"], string>> = {
  policy: "the policy refused it",
  reject: "a person rejected it",
  edit: "a person changed it",
  respond: "a person answered in its place",
};

function unusualSignal(unusual: Unusual): Signal {
  switch (unusual.kind) {
    case "new": {
      const { path, value } = unusual.value;
      return {
        rule: "new-recipient",
        level: "medium",
        holds: false,
        text: `${path} is ${short(value)}, which none of the last ${unusual.among} calls of this tool had.`,
      };
    }
    case "high": {
      const { path, value } = unusual.value;
      return {
        rule: "unusual-amount",
        level: "high",
        holds: false,
        text: `${path} is ${value}: far above the last ${unusual.among} calls of this tool (${unusual.above} would be much).`,
      };
    }
    case "many":
      return {
        rule: "unusual-reach",
        level: "high",
        holds: false,
        text: `${unusual.path} has ${unusual.length} at once: far more than the last ${unusual.among} calls of this tool (${unusual.above} would be much).`,
      };
  }
}

const contacts: ReadonlySet<DataClass> = new Set(["e-mail address", "phone number"]);

function leavingSignals(args: JsonObject): Signal[] {
  return leavingIn(args).map(({ what, path }): Signal => {
    const text = `${path} sends out what looks like ${/^[aeiou]/i.test(what) ? "an" : "a"} ${what}.`;
    return contacts.has(what)
      ? { rule: "contact-data", level: "medium", holds: false, text }
      : { rule: "sensitive-data", level: "high", holds: true, text };
  });
}

function sendsOut({ domains, fields }: ToolReading): boolean {
  return (
    fields.recipient !== null ||
    domains.some((domain) => ["messages", "publication", "people's data"].includes(domain))
  );
}

function told(values: readonly NamedValue[]): string {
  const named = values.slice(0, 3).map(({ path, value }) => `${path} (${short(value)})`);
  const rest = values.length > 3 ? ` and ${values.length - 3} more` : "";
  return `${named.join(", ")}${rest} ${values.length === 1 ? "stands" : "stand"}`;
}

function short(value: string | number): string {
  const text = String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

const readings = new WeakMap<JudgedCall["tool"], ToolReading>();

/** A tool is read once. */
function readingOf(tool: JudgedCall["tool"]): ToolReading {
  const found = readings.get(tool) ?? readTool(tool);
  readings.set(tool, found);
  return found;
}
