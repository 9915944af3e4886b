// Why a call is judged as it is: every rule, what it said, and what it could know.
import { jsonObjectSchema, type AskedRule, type Explanation } from "../http/contract.js";
import { defineCommand, UsageError } from "./command.js";
import { readPolicyFile, verdictInWords } from "./policy-text.js";
import { printable, printableJson } from "./printable.js";
import { serverAt } from "./server.js";
import { formatTable } from "./table.js";

export const policyExplainCommand = defineCommand({
  name: "policy explain",
  usage: "[--policy FILE] [--agent NAME] [--thread ID] [--json] TOOL JSON-ARGS | --action ID",
  summary: "Say what becomes of a call, and why: each rule, what it says, and what it can know.",
  details: `  --policy  a policy file to judge it by; without it the one that is in force
  --agent   whose tool is meant, where several agents have one of this name
  --thread  with the results and words of this thread; without it nothing came before the call
  --action  a call on record, with what could be known when it was proposed
  --json    one JSON object

The server is asked, which knows the tools, the record and the checks in TypeScript. Nothing is written.`,
  options: {
    policy: { type: "string" },
    agent: { type: "string" },
    thread: { type: "string" },
    action: { type: "string" },
    json: { type: "boolean", default: false },
  },
  positionals: ["[TOOL]", "[JSON-ARGS]"],
  async run({ policy, agent, thread, action, json }, terminal, tool, args) {
    const text = policy === undefined ? {} : { policy: await readPolicyFile(policy) };
    const explained = await serverAt(terminal).explain({
      ...text,
      ...callOf({ agent, thread, action, tool, args }),
    });
    terminal.out(json ? `${printableJson(explained)}\n` : explanationText(explained));
    return 0;
  },
});

function callOf(typed: Record<"agent" | "thread" | "action" | "tool" | "args", string | undefined>) {
  const { agent, thread, action, tool, args } = typed;
  if (action !== undefined) {
    if ([agent, thread, tool, args].some((given) => given !== undefined))
      throw new UsageError(
        "--action names a whole call: no tool, arguments, --agent or --thread go with it.",
      );
    return { actionId: action };
  }
  if (tool === undefined || args === undefined)
    throw new UsageError("Give a tool and its arguments, or --action ID.");
  return {
    tool,
    args: argsIn(args),
    ...(agent === undefined ? {} : { agent }),
    ...(thread === undefined ? {} : { threadId: thread }),
  };
}

function argsIn(text: string): Record<string, unknown> {
  try {
    return jsonObjectSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`The arguments are one JSON object, such as '{"amount": 20}', and not ${text}`);
  }
}

function explanationText(explained: Explanation): string {
  const { agent, args, judgement, recorded, tool, asked, notAsked, seen, known } = explained;
  const lines = [
    `${tool.name} ${JSON.stringify(args)}, a call of the agent ${agent}`,
    "",
    `It ${verdictInWords(judgement)}. Level ${judgement.level}, by the policy ${judgement.policyVersion.slice(0, 12)}.`,
    ...judgement.reasons.flatMap(reasonLines),
    ...(recorded
      ? [
          "",
          `When it was proposed, at ${recorded.at}, by the policy ${recorded.policyVersion.slice(0, 12)}: it ${verdictInWords(recorded)}, level ${recorded.level}.`,
        ]
      : []),
    "",
    ...toolLines(tool),
    ...(seen.length === 0 ? [] : ["", "Seen of it from outside:"]),
    ...seen.flatMap(reasonLines),
  ].map((line) => `${printable(line)}\n`);
  const rules =
    asked.length === 0
      ? ["\nNo rule is asked about it.\n"]
      : ["\n", formatTable(["rule", "says", "here"], asked.map(rowOf))];
  const left =
    notAsked.length === 0
      ? []
      : [`Not asked, because they are not about answers: ${printable(notAsked.join(", "))}\n`];
  const last = recorded
    ? []
    : ["\nWhat is seen of a call only in its conversation, such as a repeat, is not in this.\n"];
  return [
    ...lines,
    ...rules,
    ...left,
    ...knownLines(known).map((line) => `${printable(line)}\n`),
    ...last,
  ].join("");
}

/** What is wrong with arguments is told in several. */
function reasonLines({ rule, text }: { rule: string; text: string }): string[] {
  return `${rule}: ${text}`.split("\n").map((line) => `  ${line}`);
}

function toolLines({ name, declared, stands }: Explanation["tool"]): string[] {
  if (!declared || !stands) return [`No agent here has a tool ${name}.`];
  const { policy } = stands;
  const more = [
    ...(declared.readOnly ? ["only reads"] : []),
    ...(declared.asks === null ? [] : ["is a question to a person"]),
    ...(declared.draft === null ? [] : [`has its words in ${declared.draft}`]),
  ];
  return [
    `The tool is declared ${[declared.reversibility, declared.effect, ...more].join(", ")}.`,
    Object.keys(policy).length === 0
      ? "The policy says nothing of it."
      : `The policy says of it: ${JSON.stringify(policy)}. So it is taken for ${stands.reversibility}, ${stands.effect}.`,
  ];
}

function rowOf({ id, by, verdict, tier, said }: AskedRule): string[] {
  const says = [verdict ?? "", ...(tier === null ? [] : [`for ${tier}`])].join(" ");
  const name = by === "validator" ? `${id} (validator)` : id;
  switch (said.kind) {
    case "matched":
      return [name, says, `matches: ${said.reason}`];
    case "not-matched":
      return [name, says, "does not match"];
    case "undecided":
      return [name, says, `cannot be decided, so it holds: ${said.why}`];
  }
}

const longestValue = 400;

function knownLines({ facts, words, now }: Explanation["known"]): string[] {
  const lines = [
    ...Object.entries(facts).map(([name, value]) => `  facts.${name}  ${shortened(JSON.stringify(value))}`),
    ...(words === null ? [] : [`  user.words  ${shortened(JSON.stringify(words))}`]),
    ...(now === null ? [] : [`  now  ${now}`]),
  ];
  return lines.length === 0 ? [] : ["", "What the rules can know beyond the call:", ...lines];
}

function shortened(text: string): string {
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}… (--json has all of it)`;
}
