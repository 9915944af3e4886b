// What calls have earned, for whoever answers for the process.
import { HoldpointError } from "../kernel/errors.js";
import type { KeptStratum } from "../learning/strata.js";
import { routingOf } from "../policies/routing.js";
import { stratumOf, type Stratum } from "../policies/stratum.js";
import { effectOf } from "../policies/tool-policy.js";
import type { Reversibility } from "../policies/words.js";
import type { Runtime } from "../runtime.js";
import { createStrataStore } from "../storage/stratum-rows.js";
import { listKinds, readAutonomy, type KindOfCall } from "../storage/autonomy-rows.js";
import { adviceFor } from "./autonomy-advice.js";
import type { autonomyRoutes, KindOfCall as KindOnTheWire } from "./contract/autonomy.js";
import type { HttpDeps } from "./deps.js";
import type { HandlersOf } from "./mount.js";
import { sinceWhen } from "./since-when.js";

const usualDays = 30;

export function autonomyHandlers({ runtime }: Pick<HttpDeps, "runtime">): HandlersOf<typeof autonomyRoutes> {
  const strata = createStrataStore(runtime.db);

  /** A certificate is made when the next call asks for it; whoever looks before is not to see an old one. */
  async function bringUpToDate(tenant: string, kinds: readonly Stratum[]): Promise<void> {
    for (const [id, agent] of runtime.agents) {
      const { routing } = agent.policy();
      const own = kinds.filter((kind) => kind.agent === id);
      if (routing) await agent.gates.autonomy.earned(tenant, own, routing);
    }
  }

  async function keptOf(tenant: string, kind: string): Promise<KeptStratum> {
    const found = (await strata.find(tenant, [kind])).get(kind);
    if (!found) throw noKind(kind);
    return found.kept;
  }

  return {
    async listAutonomy({ principal: { tenant }, query }) {
      const since = sinceWhen(query.since, usualDays);
      await bringUpToDate(tenant, await listKinds(runtime.db, tenant, null));
      const kinds = await readAutonomy(runtime.db, tenant, since);
      return { items: kinds.map((kind) => toWire(kind, since, isCurrent(runtime, kind.stratum))) };
    },

    async listDecidedCases({ principal: { tenant }, params: { kind } }) {
      const kept = await keptOf(tenant, kind);
      const decided = await strata.decided(tenant, kind, kept.withdrawnAt);
      return {
        items: decided.map(({ reviewId, threadId, score, isWrong, lookedAt, countsFrom }) => ({
          reviewId,
          threadId,
          score,
          isWrong,
          lookedAt,
          decidedAt: new Date(countsFrom).toISOString(),
        })),
      };
    },

    async adviseAutonomy({ principal: { tenant }, params: { kind } }) {
      const [stratum] = await listKinds(runtime.db, tenant, kind);
      if (!stratum) throw noKind(kind);
      await bringUpToDate(tenant, [stratum]);
      const kept = await keptOf(tenant, kind);
      const decided = await strata.decided(tenant, kind, kept.withdrawnAt);
      const routing = runtime.agents.get(stratum.agent)?.policy().routing ?? null;
      return adviceFor(
        routing && routingOf(routing, stratum.tool),
        decided,
        reversibilityOf(runtime, stratum),
      );
    },
  };
}

function noKind(kind: string): HoldpointError {
  return new HoldpointError("not_found", `There is no kind of call ${kind}.`);
}

/** A tool that nobody here knows cannot be undone. */
function reversibilityOf({ agents }: Runtime, { agent: name, tool: toolName }: Stratum): Reversibility {
  const agent = agents.get(name);
  const tool = agent?.tools.get(toolName);
  return agent && tool ? effectOf(agent.policy(), toolName, tool).reversibility : "irreversible";
}

/** Would a call of today be one of these? */
function isCurrent({ agents }: Runtime, { id, agent: name, tool: toolName }: Stratum): boolean {
  const agent = agents.get(name);
  const tool = agent?.tools.get(toolName);
  const routing = agent?.policy().routing;
  if (!agent || !tool || !routing) return false;
  return stratumOf(agent.author, tool, routing.weights).id === id;
}

function toWire({ stratum, kept, calls }: KindOfCall, since: Date, isNow: boolean): KindOnTheWire {
  const { certificate, target, withdrawnAt } = kept;
  return {
    id: stratum.id,
    agent: stratum.agent,
    tool: stratum.tool,
    model: stratum.about.model,
    isCurrent: isNow,
    ...target,
    earned:
      certificate.kind === "certified"
        ? {
            kind: "certified",
            threshold: certificate.threshold,
            share: certificate.share,
            conversations: certificate.units,
          }
        : {
            kind: "none",
            conversations: certificate.units,
            needed: certificate.needed,
            withdrawnAt: withdrawnAt === null ? null : new Date(withdrawnAt).toISOString(),
          },
    since: since.toISOString(),
    calls,
  };
}
