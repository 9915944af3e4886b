// Standing approvals, as the doors reach them: who may make, sign and revoke one. Bounds are checked here for the author's
// sake; the use of each is checked again.
import { HoldpointError } from "../kernel/errors.js";
import { holdsRole, operatorRole, type Principal } from "../kernel/principal.js";
import { compileCallCondition } from "../policies/cel.js";
import { panelOf, rolesOf, type Policy } from "../policies/policy.js";
import { isOneWith } from "../review/bars.js";
import { differentPeople, type Hours, type StandingApproval } from "../review/standing-approval.js";
import type { RolesOfNow } from "../review/deputies.js";
import type { Database } from "../storage/database.js";
import {
  asOfNow,
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
  hours?: Hours | string | undefined;
  reason: string;
}

/** As somebody finds it: what they may do with it now. */
export interface SeenApproval extends StandingApproval {
  maySign: boolean;
  mayRevoke: boolean;
  /** How many people more have to sign it before it fits a call of its tier. */
  missing: number;
  /** What keeps calls from fitting it, by the policies in force; null: nothing. */
  unfit: string | null;
}

export interface StandingApprovals {
  /**
   * Approves a class of calls in advance. Throws `decision_forbidden` for anybody but a person with the roles of the tier,
   * `not_found` for a tool, agent or cron that is not here, `request_invalid` for what could never be used.
   */
  make(by: Principal, asked: AskedApproval): Promise<SeenApproval>;
  list(by: Principal, filter: { isLive: boolean; limit: number }): Promise<SeenApproval[]>;
  /** Throws as `make` does, and `approval_over`. */
  sign(by: Principal, id: string): Promise<SeenApproval>;
  /** For its signers, the roles of its tier, and operators. Throws `decision_forbidden`, `not_found`, `approval_over`. */
  revoke(by: Principal, id: string, why: string): Promise<SeenApproval>;
}

export interface StandingDeps {
  db: Database;
  agents: ReadonlyMap<string, Agent>;
  now(): Date;
  rolesOfNow: RolesOfNow;
  tell(tenant: string): void;
}

const longestMs = 366 * 24 * 3_600_000;

export function createStandingApprovals({
  db,
  agents,
  now,
  rolesOfNow,
  tell,
}: StandingDeps): StandingApprovals {
  return {
    async make(by, asked) {
      const { tool, when, maxAmount, perCall, until, cron } = asked;
      const policies = policiesOf(asked);
      const tier = asked.tier ?? policies[0].defaultTier;
      refuseOthers(by, policies, tier);
      refuseUnusable(asked, now());
      refuseUnknownCalendar(policies, asked);
      if (when !== undefined) refuseUncompiled(when);
      const currency = currencyOf(policies, asked);
      if (cron !== undefined && !(await hasCron(db, by.tenant, cron)))
        throw new HoldpointError("not_found", `There is no cron ${cron}.`);
      const made = await makeApproval(db, by, {
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
      return seenBy(by, made);
    },

    async list(by, filter) {
      const listed = await listApprovals(db, by.tenant, filter);
      return listed.map((approval) => seenBy(by, approval));
    },

    async sign(by, id) {
      const approval = await found(by, id);
      refuseOthers(by, policiesOf(approval), approval.tier);
      if (!(await signApproval(db, by, id))) throw over(approval);
      return seenBy(by, await found(by, id));
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
      return seenBy(by, await found(by, id));
    },
  };

  async function found({ tenant }: Principal, id: string): Promise<StandingApproval> {
    const approval = await findApproval(db, tenant, id);
    if (approval) return approval;
    throw new HoldpointError("not_found", `There is no standing approval ${id}.`);
  }

  function seenBy(by: Principal, approval: StandingApproval): SeenApproval {
    const { tier, revoked, signers, lapsed } = approval;
    const counted = asOfNow(
      rolesOfNow,
      by.tenant,
      signers.filter(({ id }) => !lapsed.includes(id)),
    );
    const agentsOfIt = agentsThatHave(approval);
    const policies = agentsOfIt.map(({ policy }) => policy());
    return {
      ...approval,
      // Whoever is one with somebody who signed adds nobody.
      maySign:
        !isOver(approval, now()) &&
        policies.length > 0 &&
        whyNot(by, policies, tier) === null &&
        !signers.some((signer) => isOneWith(by, signer)),
      mayRevoke: revoked === null && mayRevoke(by, approval),
      missing: Math.max(0, ...policies.map((policy) => missingAt(policy, tier, counted))),
      unfit: aboutGoneCalendar(agentsOfIt, approval),
    };
  }

  /** Of the agents that it is for. */
  function policiesOf(asked: Wanted): [Policy, ...Policy[]] {
    const [first, ...more] = agentsThatHave(asked).map(({ policy }) => policy());
    if (first) return [first, ...more];
    const { tool, agent } = asked;
    throw new HoldpointError(
      "not_found",
      `${agent ? `The agent ${agent} is not here, or has not` : "No agent here has"} a tool "${tool}" whose calls are released.`,
    );
  }

  function agentsThatHave({ tool, agent }: Wanted): Agent[] {
    const those = [...agents.values()].filter(({ id }) => id === (agent ?? id));
    return those.filter(({ ownTools }) => {
      const own = ownTools.get(tool);
      return own !== undefined && own.asks === undefined;
    });
  }

  function mayRevoke(by: Principal, { signers, tier }: StandingApproval): boolean {
    if (by.kind === "agent") return false;
    const deciders = [...agents.values()].flatMap(({ policy }) => [...rolesOf(policy(), tier)]);
    return signers.some(({ id }) => id === by.id) || holdsRole(by, [operatorRole, ...deciders]);
  }
}

type Wanted = Pick<AskedApproval, "tool"> & { agent?: string | null | undefined };

function refuseOthers(by: Principal, policies: readonly Policy[], tier: string): void {
  const refusal = whyNot(by, policies, tier);
  if (refusal) throw refusal;
}

/** Nobody gives away what they may not do themselves; and what is nobody in particular's word is no person's. */
function whyNot(by: Principal, policies: readonly Policy[], tier: string): HoldpointError | null {
  if (by.kind !== "person")
    return new HoldpointError(
      "decision_forbidden",
      `${by.id} is no person: approving in advance, too, is for people.`,
    );
  for (const policy of policies) {
    const roles = rolesOf(policy, tier);
    if (roles.length === 0) return invalid("tier", `The policy has no tier "${tier}".`);
    if (!holdsRole(by, roles))
      return new HoldpointError(
        "decision_forbidden",
        `${by.id} may not approve this in advance: tier "${tier}" asks for one of the roles ${roles.join(", ")}.`,
        { details: { tier, roles } },
      );
    if (panelOf(policy, tier).turns)
      return invalid(
        "tier",
        `At "${tier}" roles decide in turn, and nobody's word comes before those of the others.`,
      );
  }
  return null;
}

function refuseUnusable({ until, hours }: AskedApproval, now: Date): void {
  const ms = until.getTime() - now.getTime();
  if (ms <= 0) throw invalid("until", "It would be over before it begins.");
  if (ms > longestMs) throw invalid("until", "A year is the longest: look at it anew by then.");
  if (typeof hours === "object" && (hours.from === hours.to || hours.from === "24:00"))
    throw invalid("hours", `From ${hours.from} to ${hours.to} is no time. All day is from 00:00 to 24:00.`);
}

function refuseUnknownCalendar(policies: readonly Policy[], { hours }: AskedApproval): void {
  if (typeof hours !== "string") return;
  const lacking = policies.find(({ calendars }) => !calendars.has(hours));
  if (!lacking) return;
  const known = [...lacking.calendars.keys()];
  throw invalid(
    "hours",
    `The policy has no calendar "${hours}". ${known.length > 0 ? `It has ${known.join(", ")}.` : "It has none: write it under `calendars:`."}`,
  );
}

/** A calendar was there when it was made. */
function aboutGoneCalendar(agents: readonly Agent[], { hours }: StandingApproval): string | null {
  if (typeof hours !== "string") return null;
  const without = agents.filter(({ policy }) => !policy().calendars.has(hours)).map(({ id }) => id);
  return without.length === 0
    ? null
    : `The policy of ${without.join(", ")} has no calendar "${hours}" any more: none of its calls fits.`;
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

function missingAt(policy: Policy, tier: string, signers: readonly Principal[]): number {
  const able = signers.filter((signer) => holdsRole(signer, rolesOf(policy, tier)));
  return panelOf(policy, tier).quorum - differentPeople(able).length;
}

function isOver({ revoked, until, usedCount, maxCount }: StandingApproval, now: Date): boolean {
  return revoked !== null || until <= now || usedCount >= maxCount;
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
