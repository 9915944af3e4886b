// The life of policies: why a call is judged as it is, what another policy would have made of the record, and which
// versions there were. Nothing here puts one in force.
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { isJsonObject, type JsonObject } from "../kernel/json.js";
import { loadPolicy } from "../policies/load-policy.js";
import type { Policy } from "../policies/policy.js";
import type { Gate } from "../policies/routing.js";
import { withValidators } from "../policies/with-validators.js";
import { explainCall, type Explanation } from "../review/explain-call.js";
import { declaredBy, unseenSteps, type Judged } from "../review/judged.js";
import { noFigures, replayCall, type ChangedCase, type ReplayFigures } from "../review/policy-replay.js";
import { gatesFor } from "../review/gates.js";
import { parseCall } from "../review/parse-call.js";
import type { ReviewStore } from "../review/store.js";
import type { HoldpointTool } from "../tools/tool.js";
import type { Database } from "../storage/database.js";
import {
  agentOfCall,
  countCalls,
  isThreadKnown,
  judgedCall,
  judgedCalls,
  type Place,
} from "../storage/judged-rows.js";
import { findPolicies, listPolicies, type PolicyVersion } from "../storage/policy-rows.js";
import type { Agent } from "./agent.js";

export interface Policies {
  /** Why a call is judged as it is. Nothing is written. Throws `policy_invalid`, `not_found`, `agent_not_served`. */
  explain(tenant: string, asked: AskedExplanation): Promise<Explained>;
  /**
   * Judges the calls on record by a candidate, from `after` on until `isOver` or the end. What parts give adds up
   * (`addFigures`). Throws `policy_invalid` and, for an `after` that is none, `request_invalid`.
   */
  replay(tenant: string, asked: AskedReplay): Promise<ReplayPart>;
  versions(tenant: string, page: { after: string | null; limit: number }): Promise<PolicyVersion[]>;
  /** By its version, or the beginning of it. Throws `not_found`; `request_invalid` where two begin so. */
  version(tenant: string, beginning: string): Promise<PolicyVersion>;
}

export interface AskedExplanation {
  /** A policy file's text; null: the policy in force. */
  text: string | null;
  of: { kind: "action"; actionId: string } | NewCall;
}

interface NewCall {
  kind: "call";
  agent: string | null;
  tool: string;
  args: JsonObject;
  /** Whose results and words it is judged with; null: nothing came before it. */
  threadId: string | null;
}

export interface Explained extends Explanation {
  agent: string;
  args: JsonObject;
  /** How it was judged when it was proposed; null: it never was. */
  recorded: { assessment: Explanation["assessment"]; at: Date } | null;
}

export interface AskedReplay {
  /** Null: the policy in force. */
  text: string | null;
  since: string | null;
  after: string | null;
  isOver(): boolean;
}

export interface ReplayPart {
  figures: ReplayFigures;
  /** Those of this part that changed, the first of them. */
  cases: ChangedCase[];
  /** How many calls the whole replay looks at; told by its first part, else null. */
  total: number | null;
  /** Calls of agents that are not served here: nobody knows what checks they bring. Told by the first part, else 0. */
  notServed: number;
  /** Where the next part goes on; null: it is over. */
  next: string | null;
}

const mostCases = 100;

export function createPolicies({
  db,
  reviews,
  agents,
  pageSize = 200,
}: {
  db: Database;
  reviews: Pick<ReviewStore, "evidence" | "before">;
  agents: ReadonlyMap<string, Agent>;
  /** Calls in one statement. */
  pageSize?: number;
}): Policies {
  const served = (id: string): Agent => {
    const agent = agents.get(id);
    if (agent) return agent;
    throw new HoldpointError("agent_not_served", `This server does not serve the agent "${id}".`, {
      details: { agents: [...agents.keys()] },
    });
  };

  return {
    async explain(tenant, { text, of }) {
      if (of.kind === "call") {
        const agent = of.agent === null ? agentWith(agents, of.tool) : served(of.agent);
        if (of.threadId !== null && !(await isThreadKnown(db, tenant, of.threadId)))
          // Judged as if nothing had come before it, it would look as if its facts were not on record.
          throw new HoldpointError("not_found", `There is no thread ${of.threadId}.`, {
            details: { threadId: of.threadId },
          });
        return explainNew(tenant, agent, policyFor(agent, text), of);
      }
      const graphId = await agentOfCall(db, tenant, of.actionId);
      if (graphId === null) throw noAction(of.actionId);
      const policy = policyFor(served(graphId), text);
      const call = await judgedCall(db, tenant, of.actionId, policy.reads);
      if (!call) throw noAction(of.actionId);
      if (!call.judged)
        throw new HoldpointError(
          "unsupported",
          "This call was proposed before it was kept what calls are judged by. What was said of it then stands with it.",
        );
      const { args, assessment, createdAt } = call;
      return {
        ...explainCall(policy, call, call.judged, call.evidence),
        agent: graphId,
        args,
        recorded: { assessment, at: createdAt },
      };
    },

    async replay(tenant, { text, since, after, isOver }) {
      // Read before anything is looked up: what is wrong with it does not hang on the record.
      const candidate = text === null ? null : loadPolicy(text, "policy.yaml");
      const { byAgent, until } = after === null ? await countCalls(db, tenant, since) : uncounted;
      let at: Cursor | null = after === null ? start(agents, until, since) : cursorFrom(after);
      const figures = noFigures();
      const cases: ChangedCase[] = [];
      while (at !== null) {
        const { agentId, place, ...range }: Cursor = at;
        const agent = agents.get(agentId);
        const policy = agent && ruling(agent, candidate);
        const { calls, end } = policy
          ? await judgedCalls(db, tenant, {
              graphId: agentId,
              reads: policy.reads,
              ...range,
              after: place,
              limit: pageSize,
            })
          : { calls: [], end: null };
        for (const call of calls) {
          const changed = policy ? replayCall(figures, policy, call) : null;
          if (changed && cases.length < mostCases) cases.push(changed);
        }
        at = calls.length === pageSize ? { ...at, place: end } : nextAgent(agents, at);
        if (isOver()) break;
      }
      const [total, notServed] = [...byAgent].reduce(
        ([of, away], [id, calls]) => (agents.has(id) ? [of + calls, away] : [of, away + calls]),
        [0, 0],
      );
      return {
        figures,
        cases,
        total: after === null ? total : null,
        notServed,
        next: at === null ? null : Buffer.from(JSON.stringify(at)).toString("base64url"),
      };
    },

    versions: (tenant, page) => listPolicies(db, tenant, page),

    async version(tenant, beginning) {
      const isHash = /^[0-9a-f]{4,64}$/.test(beginning);
      const [found, another] = isHash ? await findPolicies(db, tenant, beginning) : [];
      if (!found)
        throw new HoldpointError("not_found", `No policy of the version ${beginning} is on record.`);
      if (another && found.version !== beginning)
        throw new HoldpointError(
          "request_invalid",
          `More than one version begins with ${beginning}. Give more of it.`,
        );
      return found;
    },
  };

  async function explainNew(
    tenant: string,
    agent: Agent,
    policy: Policy,
    { tool: name, args: given, threadId }: NewCall,
  ): Promise<Explained> {
    const tool = agent.tools.get(name);
    const { args, argsHash, impossible } = parseCall(agent.tools, { tool: name, args: given });
    const evidence = await reviews.evidence(tenant, { ...policy.reads, threadId: threadId ?? "", said: [] });
    const judged: Judged = {
      declared: tool ? declaredBy(tool) : null,
      flags: [],
      impossible,
      words: evidence.words?.length ?? null,
      gate: tool ? await gateNow(tenant, agent, policy, tool, args) : null,
      ...(tool?.asks === "plan" && !impossible ? { steps: unseenSteps(agent.tools, args) } : {}),
    };
    return {
      ...explainCall(policy, { tool: name, args, argsHash }, judged, evidence),
      agent: agent.id,
      args,
      recorded: null,
    };
  }

  /** What its score would be made of if the agent called it now, and chance did not show it. */
  async function gateNow(
    tenant: string,
    agent: Agent,
    policy: Policy,
    tool: HoldpointTool,
    args: JsonObject,
  ): Promise<Gate | null> {
    const gateOf = await gatesFor(agent.gates, tenant, policy, agent.author, [tool]);
    const { carriedOut } = await reviews.before(
      { tenant, threadId: "" },
      { calls: [], tools: [tool.name], answers: false },
    );
    const gate = gateOf({ tool, args, actionId: "", certainty: null }, { carriedOut });
    return gate ? { ...gate, draw: 1 } : null;
  }
}

/** The policy as it would rule this agent: beside the checks that it brings. */
function policyFor(agent: Agent, text: string | null): Policy {
  return ruling(agent, text === null ? null : loadPolicy(text, "policy.yaml"));
}

function ruling(agent: Agent, candidate: Policy | null): Policy {
  const inForce = agent.policy();
  return candidate === null ? inForce : withValidators(candidate, inForce.validators);
}

function agentWith(agents: ReadonlyMap<string, Agent>, tool: string): Agent {
  const having = [...agents.values()].filter(({ tools }) => tools.get(tool) !== undefined);
  const [one = [...agents.values()][0], another] = having;
  if (another)
    throw new HoldpointError(
      "request_invalid",
      `Several agents have a tool "${tool}": ${having.map(({ id }) => id).join(", ")}. Name the one that is meant.`,
    );
  if (!one)
    throw new HoldpointError("agent_not_served", "This server serves no agent, so a policy rules nothing.");
  return one;
}

function noAction(actionId: string): HoldpointError {
  return new HoldpointError("not_found", `There is no call ${actionId} on record.`, {
    details: { actionId },
  });
}

const cursorSchema = z.strictObject({
  agentId: z.string(),
  place: z.strictObject({ at: z.iso.datetime({ offset: true }), id: z.string() }).nullable(),
  since: z.iso.datetime({ offset: true }).nullable(),
  until: z.iso.datetime({ offset: true }),
});
type Cursor = z.output<typeof cursorSchema> & { place: Place | null };

const uncounted: Awaited<ReturnType<typeof countCalls>> = { byAgent: new Map(), until: "" };

function start(agents: ReadonlyMap<string, Agent>, until: string, since: string | null): Cursor | null {
  const [agentId] = agents.keys();
  return agentId === undefined ? null : { agentId, place: null, since, until };
}

function nextAgent(agents: ReadonlyMap<string, Agent>, { agentId, since, until }: Cursor): Cursor | null {
  const ids = [...agents.keys()];
  const next = ids[ids.indexOf(agentId) + 1];
  return next === undefined || !ids.includes(agentId) ? null : { agentId: next, place: null, since, until };
}

function cursorFrom(after: string): Cursor {
  const parsed = cursorSchema.safeParse(parsedJson(Buffer.from(after, "base64url").toString()));
  if (parsed.success) return parsed.data;
  throw new HoldpointError(
    "request_invalid",
    "This is no `after` that an earlier part of a replay gave as `next`.",
  );
}

function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
