import type { SeenApproval } from "../runtime/standing-approvals.js";
import type * as wire from "./contract.js";
import type { standingRoutes } from "./contract/standing-approval.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { personToWire } from "./wire/person.js";

const mostListed = 200;

export function standingHandlers({
  runtime: { standing },
}: Pick<HttpDeps, "runtime">): HandlersOf<typeof standingRoutes> {
  return {
    makeStandingApproval: async ({ principal, body: { until, ...body } }) =>
      approvalToWire(await standing.make(principal, { ...body, until: new Date(until) })),

    async listStandingApprovals({ principal, query: { status } }) {
      const listed = await standing.list(principal, { isLive: status === "live", limit: mostListed });
      return { items: listed.map(approvalToWire) };
    },

    signStandingApproval: async ({ principal, params: { approval_id: id } }) =>
      approvalToWire(await standing.sign(principal, id)),

    revokeStandingApproval: async ({ principal, params: { approval_id: id }, body: { reason } }) =>
      approvalToWire(await standing.revoke(principal, id, reason)),
  };
}

function approvalToWire(approval: SeenApproval): wire.StandingApproval {
  const {
    cronId: cron,
    until,
    createdAt,
    signers,
    hours,
    revoked,
    argsHash: _,
    lapsed: _lapsed,
    ...rest
  } = approval;
  return {
    ...rest,
    cron,
    until: until.toISOString(),
    createdAt: createdAt.toISOString(),
    signers: signers.map(personToWire),
    hours: typeof hours === "object" && hours ? { ...hours, days: [...hours.days] } : hours,
    revoked: revoked && { ...revoked, by: personToWire(revoked.by), at: revoked.at.toISOString() },
  };
}
