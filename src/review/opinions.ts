// What other models say of calls that a score may let run. They are asked where the policy gives their word a weight, and
// only about calls that nothing else settles.
import type { JsonObject } from "../kernel/json.js";
import type { Gate } from "../policies/routing.js";
import type { Policy } from "../policies/policy.js";
import type { SignalValues } from "../policies/composite.js";
import type { Reason, RiskAssessment } from "../policies/words.js";
import type { Conversation } from "../risk/conversation.js";
import type { HoldpointTool } from "../tools/tool.js";

export interface OpinedCall {
  tool: HoldpointTool;
  args: JsonObject;
}

/** Whoever asks them. What fails or is late is no opinion, and none is never better than one. */
export interface Opinions {
  /** How likely each call is right, by a judge who is shown the conversation; null: not known, or no judge. */
  judge(calls: readonly OpinedCall[], conversation: Conversation): Promise<readonly (number | null)[]>;
  /** How far a second model, asked what the first was asked, proposes the same; null: not known, or none. */
  agreement(calls: readonly OpinedCall[]): Promise<readonly (number | null)[]>;
  /** Stronger models, one after the other, until one is enough. `judge`: the best that any of them said. */
  climb(
    call: OpinedCall,
    conversation: Conversation,
    isSure: (judge: number) => boolean,
  ): Promise<{ judge: number | null; reasons: Reason[] }>;
}

/** A call with its gate, and how it is judged by one. */
export interface Scored {
  call: OpinedCall;
  gate: Gate;
  judgedBy(gate: Gate): RiskAssessment;
}

/**
 * The gates with what was said, in order. A stronger model looks before a person does, also while nothing is certified yet:
 * so the scores that are certified are those that later calls have.
 */
export async function heardGates(
  opinions: Opinions,
  { routing }: Policy,
  all: readonly Scored[],
  conversation: Conversation | null,
): Promise<Gate[]> {
  const asked = all.filter(({ gate, judgedBy }) => judgedBy(gate).score !== undefined);
  if (!routing || asked.length === 0) return all.map(({ gate }) => gate);
  const calls = asked.map(({ call }) => call);
  const [judged, agreed] = await Promise.all([
    routing.weights.judge > 0 && conversation ? opinions.judge(calls, conversation) : [],
    routing.weights.agreement > 0 ? opinions.agreement(calls) : [],
  ]);
  const heard = await Promise.all(
    asked.map(async (one, index) => {
      const said = { judge: judged[index] ?? null, agreement: agreed[index] ?? null };
      const gate = withValues(one.gate, said);
      const climbs = routing.weights.judge > 0 && conversation !== null;
      return climbs ? climbed(opinions, { ...one, gate }, conversation) : gate;
    }),
  );
  return all.map((one) => heard[asked.indexOf(one)] ?? one.gate);
}

async function climbed(
  opinions: Opinions,
  { call, gate, judgedBy }: Scored,
  conversation: Conversation,
): Promise<Gate> {
  const { route, score } = judgedBy(gate);
  // One that is shown by chance is shown whatever anybody says.
  if (route !== "review" || !score || score.lookedAt < 1) return gate;
  const by = (judge: number): Gate => withValues(gate, { judge: Math.max(judge, gate.values.judge ?? 0) });
  const { judge, reasons } = await opinions.climb(
    call,
    conversation,
    (said) => judgedBy(by(said)).route !== "review",
  );
  return { ...(judge === null ? gate : by(judge)), said: reasons };
}

function withValues(gate: Gate, values: SignalValues): Gate {
  return { ...gate, values: { ...gate.values, ...values } };
}
