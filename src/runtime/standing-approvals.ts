// Standing approvals, as the doors reach them: who may make, sign and revoke one. Bounds are checked here for the author's
// sake; the use of each is checked again.
import { HoldpointError } from "../kernel/errors.js";
import { holdsRole, operatorRole, type Principal } from "../kernel/principal.js";
import { compileCallCondition } from "../policies/cel.js";
import { rolesOf, type Policy } from "../policies/policy.js";
import type { Hours, StandingApproval } from "../review/standing-approval.js";
import type { Database } from "../storage/database.js";
import {
  findApproval,
  hasCron,
  listApprovals,
  makeApproval,
  revokeApproval,
  signApproval,
} from "../storage/standing-rows.js";
import type { Agent } from "./agent.js";

export interface AskedApproval {
  tool: string;
  agent?: string | undefined;
  when?: string | undefined;
  maxAmount?: number | undefined;
  perCall?: number | undefined;
  maxCount: number;
  until: Date;
  tier?: string | undefined;
  threadId?: string | undefined;
  cron?: string | undefined;
  hours?: Hours | undefined;
  reason: string;
}

export interface StandingApprovals {
  /**
   * Approves a class of calls in advance. Throws `decision_forbidden` for anybody but a person with the roles of the tier,
   * `not_found` for a tool, agent or cron that is not here, `request_invalid` for what could never be used.
   */
  make(by: Principal, asked: AskedApproval): Promise<StandingApproval>;
  list(tenant: string, filter: { isLive: boolean; limit: number }): Promise<StandingApproval[]>;
  /** Throws as `make` does, and `approval_over`. */
  sign(by: Principal, id: string): Promise<StandingApproval>;
  /** For its signers, the roles of its tier, and operators. Throws `decision_forbidden`, `not_found`, `approval_over`. */
  revoke(by: Principal, id: string, why: string): Promise<StandingApproval>;
}

export interface StandingDeps {
  db: Database;
  agents: ReadonlyMap<string, Agent>;
  now(): Date;
  tell(tenant: string): void;
}

const longestMs = 366 * 24 * 3_600_000;

export function createStandingApprovals({ db, agents, now, tell }: StandingDeps): StandingApprovals {
  return {
    async make(by, asked) {
      const { tool, when, maxAmount, perCall, until, cron } = asked;
      const policies = policiesOf(asked);
      const tier = asked.tier ?? policies[0].defaultTier;
      refuseOthers(by, policies, tier);
      refuseUnusable(asked, now());
      if (when !== undefined) refuseUncompiled(when);
      const currency = currencyOf(policies, asked);
      if (cron !== undefined && !(await hasCron(db, by.tenant, cron)))
        throw new HoldpointError("not_found", `There is no cron ${cron}.`);
      return makeApproval(db, by, {
        tool,
        agent: asked.agent ?? null,
        threadId: asked.threadId ?? null,
        cronId: cron ?? null,
        when: when ?? null,
        maxAmount: maxAmount ?? null,
        perCall: perCall ?? null,
        currency,
        maxCount: asked.maxCount,
        until,
        hours: asked.hours ?? null,
        tier,
        reason: asked.reason,
      });
    },

    list: (tenant, filter) => listApprovals(db, tenant, filter),

    async sign(by, id) {
      const approval = await found(by, id);
      refuseOthers(by, policiesOf({ ...approval, agent: approval.agent ?? undefined }), approval.tier);
      if (!(await signApproval(db, by, id))) throw over(approval);
      return found(by, id);
    },

    async revoke(by, id, why) {
      const approval = await found(by, id);
      if (!mayRevoke(by, approval))
        throw new HoldpointError(
          "decision_forbidden",
          `${by.id} may not revoke this: it is for who signed it, for those who decide at "${approval.tier}", and for operators.`,
        );
      if (!(await revokeApproval(db, by, id, why))) throw over(await found(by, id));
      tell(by.tenant);
      return found(by, id);
    },
  };

  async function found({ tenant }: Principal, id: string): Promise<StandingApproval> {
    const approval = await findApproval(db, tenant, id);
    if (approval) return approval;
    throw new HoldpointError("not_found", `There is no standing approval ${id}.`);
  }

  /** Of the agents that it is for. */
  function policiesOf({ tool, agent }: Pick<AskedApproval, "tool" | "agent">): [Policy, ...Policy[]] {
    const those = [...agents.values()].filter(({ id }) => agent === undefined || id === agent);
    const having = those.filter(({ ownTools }) => {
      const own = ownTools.get(tool);
      return own !== undefined && own.asks === undefined;
    });
    const [first, ...more] = having.map(({ policy }) => policy());
    if (first) return [first, ...more];
    throw new HoldpointError(
      "not_found",
      `${agent === undefined ? "No agent here has" : `The agent ${agent} is not here, or has not`} a tool "${tool}" whose calls are released.`,
    );
  }

  function mayRevoke(by: Principal, { signers, tier }: StandingApproval): boolean {
    if (by.kind === "agent") return false;
    const deciders = [...agents.values()].flatMap(({ policy }) => [...rolesOf(policy(), tier)]);
    return signers.some(({ id }) => id === by.id) || holdsRole(by, [operatorRole, ...deciders]);
  }
}

/** Nobody gives away what they may not do themselves; and what is nobody in particular's word is no person's. */
function refuseOthers(by: Principal, policies: readonly Policy[], tier: string): void {
  if (by.kind !== "person")
    throw new HoldpointError(
      "decision_forbidden",
      `${by.id} is no person: approving in advance, too, is for people.`,
    );
  for (const policy of policies) {
    const roles = rolesOf(policy, tier);
    if (roles.length === 0) throw invalid("tier", `The policy has no tier "${tier}".`);
    if (!holdsRole(by, roles))
      throw new HoldpointError(
        "decision_forbidden",
        `${by.id} may not approve this in advance: tier "${tier}" asks for one of the roles ${roles.join(", ")}.`,
        { details: { tier, roles } },
      );
  }
}

function refuseUnusable({ until, hours }: AskedApproval, now: Date): void {
  const ms = until.getTime() - now.getTime();
  if (ms <= 0) throw invalid("until", "It would be over before it begins.");
  if (ms > longestMs) throw invalid("until", "A year is the longest: look at it anew by then.");
  if (hours && hours.from >= hours.to)
    throw invalid("hours", `From ${hours.from} to ${hours.to} is no time of a day.`);
}

function refuseUncompiled(when: string): void {
  const compiled = compileCallCondition(when);
  if (!compiled.ok) throw invalid("when", `${compiled.message} (character ${compiled.offset + 1})`);
}

/** Amounts are read as the policy reads them, so it has to say how. */
function currencyOf(policies: readonly Policy[], { tool, maxAmount, perCall }: AskedApproval): string | null {
  const said = policies.map((policy) => policy.tools.get(tool));
  if (maxAmount === undefined && perCall === undefined) return said[0]?.currency ?? null;
  if (said.some((one) => !one?.amount))
    throw invalid(
      maxAmount === undefined ? "perCall" : "maxAmount",
      `The policy does not say what the amount of "${tool}" is: write \`amount\` under tools.${tool}.`,
    );
  if (new Set(said.map((one) => one?.currency ?? null)).size > 1)
    throw invalid("agent", "Its agents count in different currencies: name one of them.");
  return said[0]?.currency ?? null;
}

function invalid(path: string, message: string): HoldpointError {
  return new HoldpointError("request_invalid", `${path}: ${message}`, {
    details: { errors: [{ path, message }] },
  });
}

function over({ revoked, until }: StandingApproval): HoldpointError {
  return new HoldpointError(
    "approval_over",
    revoked
      ? `${revoked.by.id} revoked it at ${revoked.at.toISOString()}. Yours changed nothing.`
      : `It is used up, or ended at ${until.toISOString()}. Yours changed nothing.`,
    { details: revoked ? { revokedBy: revoked.by.id, revokedAt: revoked.at.toISOString() } : {} },
  );
}
