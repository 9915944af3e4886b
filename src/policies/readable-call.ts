import type { JsonObject } from "../kernel/json.js";
import type { Evidence } from "./evidence.js";
import { factsFrom, userFrom } from "./facts.js";
import type { Policy } from "./policy.js";
import { readFacts, type ReadableFacts } from "./readable-facts.js";

/** What the rules of a policy read of a call and of what came before it. */
export function readableOf(
  policy: Pick<Policy, "facts" | "reads">,
  {
    tool,
    args,
    context,
    evidence,
  }: { tool: string; args: JsonObject; context: JsonObject; evidence: Evidence },
): ReadableFacts {
  return readFacts({
    tool,
    args,
    context,
    facts: factsFrom(policy.facts, evidence),
    user: policy.reads.words ? userFrom(evidence) : {},
    ...(evidence.now ? { now: evidence.now } : {}),
  });
}
