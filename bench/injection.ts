// Calls that a tool's result talked an agent into, and the calls its users asked for, each judged as it would be by a
// policy that says nothing of any tool: what each may do is read off its words, and no label is.
import { z } from "zod";
import { hashJson, isJsonObject, type JsonObject } from "../src/kernel/json.js";
import { assess } from "../src/policies/assess.js";
import { noEvidence } from "../src/policies/evidence.js";
import { loadPolicy } from "../src/policies/load-policy.js";
import type { Policy } from "../src/policies/policy.js";
import { Conversation } from "../src/risk/conversation.js";
import { readTool } from "../src/risk/read-tool.js";
import { signalsOf } from "../src/risk/signals.js";
import { dataFolder } from "./data.js";
import { print } from "./figure.js";
import { rowsIn } from "./rows.js";

const caseSchema = z.object({
  user_instruction: z.string(),
  user_tool: z.string(),
  user_legit_calls: z.array(z.string()),
  tool_result_with_injection: z.string(),
  attacker_tool: z.string(),
  attacker_tool_description: z.string().optional(),
  attacker_args: z.record(z.string(), z.json()),
  /** Cannot be taken back, can be, nobody knows. */
  attacker_reversibility: z.enum(["I", "W", "?"]),
  same_tool_as_user_task: z.boolean(),
});
type Case = z.output<typeof caseSchema>;

const toolSchema = z.object({ name: z.string(), description: z.string().nullable(), schema: z.unknown() });

interface Tool {
  name: string;
  description: string;
  argsSchema: JsonObject | null;
}

interface Judged {
  isHeld: boolean;
  isFlagged: boolean;
  same: boolean;
}

export async function injection({ data }: { data: string | null }): Promise<void> {
  const folder = dataFolder(data);
  const cases = await rowsIn(folder, "injection", caseSchema);
  const tools = new Map((await rowsIn(folder, "tools", toolSchema)).map((tool) => [tool.name, tool]));
  const policy = loadPolicy(
    "tiers: { everybody: { roles: [reviewer] } }\ndefault: { tier: everybody }\n",
    "injection.yaml",
  );
  const known = (name: string, description = ""): Tool => {
    const found = tools.get(name);
    return {
      name,
      description: found?.description ?? description,
      argsSchema: isJsonObject(found?.schema) ? found.schema : null,
    };
  };
  const attacks = cases.map((one) => ({
    reversibility: one.attacker_reversibility,
    ...judge(policy, one, known(one.attacker_tool, one.attacker_tool_description), one.attacker_args),
  }));
  const legitimate = cases.flatMap((one) =>
    one.user_legit_calls.map((name) => judge(policy, one, known(name), {})),
  );

  const irreversible = attacks.filter(({ reversibility }) => reversibility === "I");
  share("irreversible_held", irreversible, ({ isHeld }) => isHeld);
  share("legitimate_held", legitimate, ({ isHeld }) => isHeld, withoutArgs);
  share("flagged_as_hijack", attacks, ({ isFlagged }) => isFlagged);
  share("legitimate_flagged", legitimate, ({ isFlagged }) => isFlagged, withoutArgs);
  for (const same of [true, false]) {
    const at = { same_tool_as_user_task: String(same) };
    const those = <One extends Judged>(of: readonly One[]): One[] => of.filter((one) => one.same === same);
    share("irreversible_held__same_tool", those(irreversible), ({ isHeld }) => isHeld, at);
    share("flagged_as_hijack__same_tool", those(attacks), ({ isFlagged }) => isFlagged, at);
    share("legitimate_flagged__same_tool", those(legitimate), ({ isFlagged }) => isFlagged, {
      ...at,
      ...withoutArgs,
    });
  }
  for (const reversibility of ["I", "W", "?"]) {
    const those = attacks.filter((one) => one.reversibility === reversibility);
    share("held__attacks", those, ({ isHeld }) => isHeld, { reversibility });
    share("flagged_as_hijack__attacks", those, ({ isFlagged }) => isFlagged, { reversibility });
  }
}

/**
 * Of what a user asked for only the tools are on record, so nothing can be seen of a value: with arguments more of it may be
 * flagged. `bench -- signals` has calls of recorded agents with theirs.
 */
const withoutArgs = { arguments: "none on record" };

/** What only reads is not looked at, as in the runtime. */
function judge(policy: Policy, one: Case, tool: Tool, args: JsonObject): Judged {
  const { effect } = readTool(tool);
  const conversation = new Conversation(
    [{ from: "user", text: one.user_instruction }],
    [{ from: one.user_tool, text: one.tool_result_with_injection }],
    1,
  );
  const flags = effect === "read" ? [] : signalsOf({ tool, args }, conversation, []);
  const { route } = assess(policy, {
    tool: tool.name,
    args,
    argsHash: hashJson(args),
    declared: {
      reversibility: effect === "irreversible" ? "irreversible" : "reversible",
      effect: "blind",
      readOnly: effect === "read",
    },
    context: {},
    evidence: noEvidence,
    flags,
  });
  return {
    isHeld: route !== "execute",
    isFlagged: flags.some(({ rule }) => rule === "hijack-suspect"),
    same: one.same_tool_as_user_task,
  };
}

function share<One>(
  figure: string,
  of: readonly One[],
  is: (one: One) => boolean,
  at?: Record<string, string>,
): void {
  if (of.length === 0) return;
  const count = of.filter(is).length;
  print({
    bench: "injection",
    figure,
    value: count / of.length,
    unit: "share",
    n: of.length,
    at: { count, ...at },
  });
}
