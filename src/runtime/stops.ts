// The stop button, as the doors reach it: who may set and lift what, and whoever works is told.
import type { Stop } from "../execution/stop.js";
import { HoldpointError } from "../kernel/errors.js";
import { holdsRole, operatorRole, type Principal } from "../kernel/principal.js";
import type { Database } from "../storage/database.js";
import { findStop, isOnRecord, liftStop, listStops, setStop, type NewStop } from "../storage/stop-rows.js";

export interface Stops {
  /**
   * Holds what it names from now on; where that is stopped already, the stop that stands is given back. Throws
   * `access_forbidden`, and `not_found` for an agent or a tool that nobody here has heard of.
   */
  set(by: Principal, asked: NewStop): Promise<Stop>;
  /** The newest first. */
  list(tenant: string, filter: { isStanding: boolean | null; limit: number }): Promise<Stop[]>;
  /** What was held goes on. Throws `access_forbidden`, `not_found` and `stop_lifted`. */
  lift(by: Principal, stopId: string, why: string): Promise<Stop>;
}

export interface StopsDeps {
  db: Database;
  /** The server's own: whoever operates it may stop everybody. */
  tenant: string;
  isServed(of: { kind: "agent" | "tool"; name: string }): boolean;
  /** Something was stopped or lifted. */
  tell(tenant: string): void;
}

export function createStops({ db, tenant: own, isServed, tell }: StopsDeps): Stops {
  return {
    async set(by, asked) {
      refuseOthers(by, asked);
      await refuseUnknown(by, asked);
      const stop = await setStop(db, by, asked);
      tell(by.tenant);
      return stop;
    },

    list: (tenant, filter) => listStops(db, tenant, filter),

    async lift(by, stopId, why) {
      const stop = await findStop(db, by.tenant, stopId);
      if (!stop) throw new HoldpointError("not_found", `There is no stop ${stopId}.`);
      refuseOthers(by, stop);
      const lifted = await liftStop(db, by, stop, why);
      if (!lifted) throw liftedAlready((await findStop(db, by.tenant, stopId)) ?? stop);
      tell(by.tenant);
      return lifted;
    },
  };

  function refuseOthers(by: Principal, { kind }: Pick<NewStop, "kind">): void {
    if (by.kind === "agent" || !holdsRole(by, [operatorRole]))
      throw new HoldpointError(
        "access_forbidden",
        `Stopping, and lifting a stop, is for people and services with the role "${operatorRole}", and for no agent.`,
      );
    if (kind === "all" && by.tenant !== own)
      throw new HoldpointError(
        "access_forbidden",
        "Everything is stopped by whoever operates this server. Stop your own tenant in its place.",
      );
  }

  /** A name that was mistyped would stop nothing, and be believed. */
  async function refuseUnknown(by: Principal, { kind, name }: NewStop): Promise<void> {
    if (name === null || (kind !== "agent" && kind !== "tool")) return;
    if (isServed({ kind, name }) || (await isOnRecord(db, by.tenant, { kind, name }))) return;
    throw new HoldpointError(
      "not_found",
      `No ${kind} named "${name}" is served here or on record, so this would stop nothing. Look at the name, or stop the tenant.`,
    );
  }
}

function liftedAlready({ id, lifted }: Stop): HoldpointError {
  const at = lifted?.at.toISOString();
  return new HoldpointError(
    "stop_lifted",
    `${lifted?.by.id ?? "Somebody"} lifted this stop at ${at ?? "a moment ago"}. Yours changed nothing.`,
    { details: { stopId: id, liftedBy: lifted?.by.id, liftedAt: at } },
  );
}
