// What calls of a kind have earned: a certificate, made anew when one is asked for after a decision has come, and withdrawn
// when more goes wrong of what runs by itself than may.
import type { Log } from "../kernel/log.js";
import { certify, type Labelled, type Target } from "../policies/certify.js";
import { calm, isAlarmed, seen, type Audited } from "../policies/drift.js";
import { routingOf, type Earned, type Routing } from "../policies/routing.js";
import type { Stratum } from "../policies/stratum.js";
import type { Autonomy } from "../review/autonomy.js";
import type { DecidedCall, KeptStratum, StrataStore } from "./strata.js";

export function createAutonomy(store: StrataStore, log: Log): Autonomy {
  return {
    async earned(tenant, strata, routing) {
      const found = await store.find(
        tenant,
        strata.map(({ id }) => id),
      );
      const earned = new Map<string, Earned>();
      for (const stratum of strata) {
        const known = found.get(stratum.id);
        const own = routingOf(routing, stratum.tool);
        const kept =
          known && !known.isStale && isFor(known.kept, own)
            ? known.kept
            : await renewed(store, log, tenant, stratum, own, known?.kept ?? null);
        earned.set(stratum.id, earnedBy(kept));
      }
      return earned;
    },
  };
}

function isFor({ target }: KeptStratum, { maxError, confidence }: Target): boolean {
  return target.maxError === maxError && target.confidence === confidence;
}

async function renewed(
  store: StrataStore,
  log: Log,
  tenant: string,
  stratum: Stratum,
  routing: Routing,
  before: KeptStratum | null,
): Promise<KeptStratum> {
  const withdrawnAt = before?.withdrawnAt ?? null;
  const decided = await store.decided(tenant, stratum.id, withdrawnAt);
  const kept = keptFrom(decided, routing, withdrawnAt);
  if (kept.withdrawnAt === withdrawnAt) await store.keep(tenant, stratum, kept);
  else if (await store.withdraw(tenant, stratum, kept))
    log.warn(
      `Calls of ${stratum.tool} no longer run by themselves: of those shown by chance more were wrong than ${kept.target.maxError} may be. Look at them under /review/policy; each waits for a person until people’s decisions show anew that they are right.`,
      { tenant, agent: stratum.agent, tool: stratum.tool, kind: stratum.id, withdrawnAt: kept.withdrawnAt },
    );
  return kept;
}

/** @param decided oldest first */
export function keptFrom(
  decided: readonly DecidedCall[],
  { maxError, confidence, refuseBelow }: Routing,
  withdrawnAt: string | null,
): KeptStratum {
  const target = { maxError, confidence };
  const knowsUntil = decided.at(-1)?.countsFrom ?? withdrawnAt;
  // What people saw by chance stands for all that ran unseen beside it.
  const audited = decided.filter(
    ({ lookedAt, score }) => lookedAt < 1 && (refuseBelow === null || score >= refuseBelow),
  );
  const drift = byConversation(audited).reduce((state, looks) => seen(state, looks, maxError), calm);
  if (isAlarmed(drift, 1 - confidence))
    return { certificate: certify([], target), target, knowsUntil, withdrawnAt: knowsUntil };
  return { certificate: certify(decided.map(labelOf), target), target, knowsUntil, withdrawnAt };
}

/** In the order in which each was looked at first. The likeliest look is what its weight goes by: it counts for least. */
function byConversation(audited: readonly DecidedCall[]): Audited[] {
  const looks = new Map<string, DecidedCall[]>();
  for (const call of audited) {
    const known = looks.get(call.threadId);
    if (known) known.push(call);
    else looks.set(call.threadId, [call]);
  }
  return [...looks.values()].map((calls) => ({
    wrong: calls.filter(({ isWrong }) => isWrong).length / calls.length,
    probability: Math.max(...calls.map(({ lookedAt }) => lookedAt)),
  }));
}

export function labelOf({ threadId, score, isWrong, lookedAt, leastLookedAt }: DecidedCall): Labelled {
  return { score, isWrong, unit: threadId, weight: 1 / lookedAt, greatestWeight: 1 / leastLookedAt };
}

function earnedBy({ certificate, withdrawnAt }: KeptStratum): Earned {
  switch (certificate.kind) {
    case "certified":
      return { kind: "certified", threshold: certificate.threshold };
    case "none":
      return {
        kind: "none",
        units: certificate.units,
        needed: certificate.needed,
        withdrawnAt: withdrawnAt === null ? null : new Date(withdrawnAt).toISOString(),
      };
  }
}
