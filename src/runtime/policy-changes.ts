// Who may change the policy: where the one in force says so, a change waits for a person, and comes into force by their
// decision in every process. Else it comes into force as it is given.
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { NewId } from "../kernel/ids.js";
import type { Log } from "../kernel/log.js";
import type { Principal } from "../kernel/principal.js";
import type { Executor } from "../execution/executor.js";
import { isStopped } from "../execution/stop.js";
import { loadPolicy } from "../policies/load-policy.js";
import { rolesOf, type Policy, type Proposed, type Replacement } from "../policies/policy.js";
import type { Judge } from "../review/answer.js";
import { changesOf } from "../review/change-names.js";
import {
  changeTool,
  changesInWords,
  judgeOfChanges,
  proposeChange,
  type ChangeStore,
  type ProposedChange,
} from "../review/policy-change.js";
import { addFigures, noFigures } from "../review/policy-replay.js";
import type { ReviewStore } from "../review/store.js";
import type { Database } from "../storage/database.js";
import { putChangeInForce } from "../storage/policy-change-rows.js";
import { newestTerms, recordPolicy } from "../storage/policy-rows.js";
import type { Agent } from "./agent.js";
import { createPolicies } from "./policies.js";
import { figuresInWords } from "./figures-in-words.js";

export interface PolicyChanges {
  /** Puts a text in force for all agents, or proposes it. One that is wrong changes nothing; the answer says why. */
  reload(text: string, file?: string): Promise<Replacement>;
  /** Proposes what agents came up with and was not put in force. What was rejected is not proposed again. */
  proposeHeldBack(heldBack: ReadonlyMap<string, string>, by: string): Promise<void>;
  /** Follows what is in force, carries out what was decided, and proposes anew what was made from an older version. */
  tend(): Promise<void>;
  /** What nobody has decided yet, or may still take back, or is being carried out; the oldest first. */
  waiting(tenant: string): Promise<ProposedChange[]>;
  /** What judges changes that stand under this name; null: none do that concern an agent served here. */
  judgeOf(graphId: string): Judge | null;
  /** By the name under which changes stand, what says how long they wait. */
  readonly rulings: ReadonlyMap<string, () => Policy>;
}

interface ChangeDeps {
  db: Database;
  tenant: string;
  agents: ReadonlyMap<string, Agent>;
  reviews: ReviewStore;
  changes: ChangeStore;
  executor: Executor;
  newId: NewId;
  now(): Date;
  /** A word that the queue has changed. */
  tell(): void;
  log: Log;
}

/** A text for these agents, of which the same version is in force. */
interface Candidate {
  agents: readonly Agent[];
  policy: Policy;
  text: string;
  by: string;
}

const replayedDays = 30;
const longestReplayMs = 5_000;

export function createPolicyChanges(deps: ChangeDeps): PolicyChanges {
  const { db, tenant, agents, reviews, changes, executor, newId, log } = deps;
  const tool = changeTool(
    putChangeInForce(tenant, (source) => loadPolicy(source, "policy.yaml").changes !== null),
  );
  const judges = new Map(
    [...agents.values()].map(({ id, policy }) => [changesOf(id), judgeOfChanges(tool, policy)]),
  );
  const all = [...agents.values()];
  const ids = [...agents.keys()];

  return {
    waiting: (ofTenant) => changes.waiting(ofTenant, ids),
    judgeOf: (graphId) => judges.get(graphId) ?? null,
    rulings: new Map([...judges].map(([name, { policy }]) => [name, policy])),

    async reload(text, file = "policy.yaml") {
      try {
        return await reload(text, file);
      } catch (error) {
        return { ok: false, error: error instanceof Error ? error : new Error(messageOf(error)) };
      }
    },

    async proposeHeldBack(heldBack, by) {
      // What was approved before a crash may be just this.
      await tend();
      for (const candidate of alike([...heldBack].map(([id, text]) => ({ agent: served(id), text })))) {
        const { agents: those, text } = candidate;
        try {
          const [one] = those as [Agent];
          const policy = one.inForce.read(text, by);
          if (policy.version === one.policy().version) continue;
          await proposeUnlessRejected({ agents: those, text, policy, by });
        } catch (error) {
          log.error("the policy given was not proposed; the one in force stays", {
            agents: those.map(({ id }) => id),
            error: messageOf(error),
          });
        }
      }
    },

    tend,
  };

  async function tend(): Promise<void> {
    await follow();
    const unfinished = await changes.unfinished(tenant, ids);
    const [open, decided] = [unfinished.filter(isUndecided), unfinished.filter((one) => !isUndecided(one))];
    for (const change of decided) await carryOut(change);
    for (const { review, args } of open) {
      const concerned = args.agents.flatMap((id) => agents.get(id) ?? []);
      const [one] = concerned;
      if (!one || one.policy().version === args.from) continue;
      await proposeAnew(concerned, review.requestedBy, args.to).catch((error: unknown) =>
        log.error("a change of the policy was made from an older version, and could not be proposed anew", {
          review: review.id,
          error: messageOf(error),
        }),
      );
      await changes.supersede(tenant, [review.id]);
      deps.tell();
    }
  }

  function served(id: string): Agent {
    const agent = agents.get(id);
    if (!agent) throw new Error(`The agent ${id} is not served here.`);
    return agent;
  }

  async function reload(text: string, file: string): Promise<Replacement> {
    const [first] = all;
    if (!first)
      throw new HoldpointError("agent_not_served", "No agent is served, so a policy rules nothing.");
    // All of them, before anything of it is in force for one.
    const candidates = all.map((agent) => ({ agent, policy: agent.inForce.read(text, file) }));
    const held: Agent[] = [];
    for (const { agent, policy } of candidates) {
      const standing = await agent.inForce.put(policy, text, { id: file, kind: "service" });
      if (standing) held.push(agent);
    }
    await supersedeOlder(
      all.filter((agent) => !held.includes(agent)),
      null,
    );
    let proposed: Proposed | null = null;
    for (const { agents: those } of alike(held.map((agent) => ({ agent, text })))) {
      const [one] = those as [Agent];
      proposed = await propose({ agents: those, text, policy: one.inForce.read(text, file), by: file });
    }
    return { ok: true, policy: (held[0] ?? first).policy(), proposed };
  }

  async function propose(candidate: Candidate): Promise<Proposed> {
    const { agents: those, policy, text, by } = candidate;
    const [one] = those as [Agent];
    const inForce = one.policy();
    const before = await changes.proposed(tenant, one.id);
    const waiting = before.find(
      ({ review, args }) =>
        mayComeIntoForce(review) &&
        args.from === inForce.version &&
        args.to === policy.version &&
        isOf(args.agents, those),
    );
    if (waiting) return { version: policy.version, reviewId: waiting.review.id };
    await recordPolicy(db, tenant, policy, text);
    const args = {
      agents: those.map(({ id }) => id),
      changes: changesInWords(inForce, policy),
      replay: await replayed(those, text),
      from: inForce.version,
      to: policy.version,
    };
    const principal: Principal = { id: by, kind: "service", roles: [], tenant };
    const nth = before.length;
    const actionId = await proposeChange({ store: reviews, newId, tool }, inForce, {
      args,
      by: principal,
      nth,
    });
    const standing = await reviews.standing(tenant, actionId);
    if (!standing?.review) throw new Error("A change was proposed, and no review stands for it.");
    const { id: reviewId, tier } = standing.review;
    await supersedeOlder(those, standing.review.id);
    log.info("a change of the policy waits for a person", {
      review: reviewId,
      tier,
      roles: rolesOf(inForce, tier),
      from: args.from,
      to: args.to,
    });
    return { version: policy.version, reviewId };
  }

  async function proposeUnlessRejected(candidate: Candidate): Promise<void> {
    const { agents: those, policy, by } = candidate;
    const [one] = those as [Agent];
    const before = await changes.proposed(tenant, one.id);
    const last = before.find(({ args }) => args.from === one.policy().version && args.to === policy.version);
    if (last && isRefused(last)) {
      log.warn("the policy given is not in force: its change was rejected, and is not proposed again", {
        file: by,
        review: last.review.id,
        version: policy.version,
        inForce: one.policy().version,
      });
      return;
    }
    await propose(candidate);
  }

  /** Made from a version that is no longer in force: what it changes is to be told anew. */
  async function proposeAnew(those: readonly Agent[], by: Principal, version: string): Promise<void> {
    const text = await textOf(version);
    for (const group of alike(those.map((agent) => ({ agent, text })))) {
      const [one] = group.agents as [Agent];
      if (one.policy().version === version || one.policy().changes === null) continue;
      await propose({ agents: group.agents, text, policy: one.inForce.read(text, by.id), by: by.id });
    }
  }

  async function textOf(version: string): Promise<string> {
    const { source } = await policiesOf(all).version(tenant, version);
    if (source === null)
      throw new Error(`The version ${version} was proposed, and its text is not on record.`);
    return source;
  }

  /** Of what waits for these agents, all that is older than this review; null: all of it. */
  async function supersedeOlder(those: readonly Agent[], reviewId: string | null): Promise<void> {
    const concerned = new Set(those.map(({ id }) => id));
    const open = (await changes.open(tenant, ids)).filter(({ args }) =>
      args.agents.some((id) => concerned.has(id)),
    );
    const index = open.findIndex(({ review }) => review.id === reviewId);
    const older = reviewId === null ? open : open.slice(0, Math.max(index, 0));
    await changes.supersede(
      tenant,
      older.map(({ review }) => review.id),
    );
    if (older.length > 0) deps.tell();
  }

  async function carryOut({ review, args }: ProposedChange): Promise<void> {
    const { actionId, threadId, decision, graphId } = review;
    if (actionId === null) return;
    if (decision?.type !== "approve") {
      await reviews.markResumed(tenant, actionId);
      return;
    }
    const scope = { tenant, threadId, checkpointNs: "", principal: decision.decidedBy, runId: null };
    const done = await executor.execute(scope, {
      actionId,
      argsHash: decision.argsHash,
      tool,
      effect: "transactional",
      askedOf: { tier: review.tier, roles: review.roles, title: review.title },
    });
    if (isStopped(done)) return;
    if (done?.state === "succeeded")
      log.info("a change of the policy is in force", {
        review: review.id,
        by: decision.decidedBy.id,
        to: args.to,
      });
    else
      log.error("a change of the policy was approved and did not come into force", {
        review: review.id,
        under: graphId,
        error: done?.error ?? "nothing on record releases it; it is open again",
      });
    if (!done) await reviews.reopenUnagreed(tenant, actionId);
    await follow();
  }

  async function follow(): Promise<void> {
    for (const term of await newestTerms(db, tenant, ids)) {
      try {
        agents.get(term.graphId)?.inForce.follow(term);
      } catch (error) {
        log.error("the policy in force cannot be read here; an older one rules in this process", {
          agent: term.graphId,
          version: term.version,
          error: messageOf(error),
        });
      }
    }
  }

  /** Those in order of their names whose policy in force is the same, and who are given the same. */
  function alike(given: readonly { agent: Agent; text: string }[]): { agents: Agent[]; text: string }[] {
    const groups = new Map<string, { agents: Agent[]; text: string }>();
    for (const { agent, text } of given.toSorted((a, b) => (a.agent.id < b.agent.id ? -1 : 1))) {
      const key = JSON.stringify([agent.policy().version, text]);
      const group = groups.get(key) ?? { agents: [], text };
      group.agents.push(agent);
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  function policiesOf(those: readonly Agent[]) {
    return createPolicies({ db, reviews, agents: new Map(those.map((agent) => [agent.id, agent])) });
  }

  async function replayed(those: readonly Agent[], text: string): Promise<string[]> {
    const since = new Date(deps.now().getTime() - replayedDays * 86_400_000);
    const end = performance.now() + longestReplayMs;
    const policies = policiesOf(those);
    const figures = noFigures();
    let total = 0;
    let after: string | null = null;
    do {
      const part = await policies.replay(tenant, {
        text,
        since: since.toISOString(),
        after,
        isOver: () => performance.now() >= end,
      });
      addFigures(figures, part.figures);
      total = part.total ?? total;
      after = part.next;
    } while (after !== null && performance.now() < end);
    return figuresInWords(figures, { total, isWhole: after === null, days: replayedDays });
  }
}

/** It may still come into force: nobody has decided it, or nobody has done yet what was approved. */
function mayComeIntoForce({ status, decision }: ProposedChange["review"]): boolean {
  return status === "open" || status === "claimed" || (status === "decided" && decision?.type === "approve");
}

function isUndecided({ review: { status } }: ProposedChange): boolean {
  return status === "open" || status === "claimed";
}

function isRefused({ review: { status, decision } }: ProposedChange): boolean {
  return status === "expired" || decision?.type === "reject";
}

function isOf(names: readonly string[], agents: readonly Agent[]): boolean {
  return names.length === agents.length && agents.every(({ id }) => names.includes(id));
}
