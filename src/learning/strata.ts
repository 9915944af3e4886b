import type { Certificate, Target } from "../policies/certify.js";
import type { Stratum } from "../policies/stratum.js";

/** A call of a stratum that a person decided, for good. */
export interface DecidedCall {
  reviewId: string;
  threadId: string;
  score: number;
  /** Other than approved as it was proposed. */
  isWrong: boolean;
  /** With which probability a person saw it, and at least any call of its kind at that time. */
  lookedAt: number;
  leastLookedAt: number;
  /** From when on: a decision that may be taken back counts once it may not. As Postgres writes times. */
  countsFrom: string;
}

/** What is kept of a stratum: the last certificate, what it was made for, and up to which decision it knows. */
export interface KeptStratum {
  certificate: Certificate;
  target: Target;
  knowsUntil: string | null;
  /** What was decided before does not count: it was withdrawn then. */
  withdrawnAt: string | null;
}

export interface StrataStore {
  /** @returns by id, those that were kept; `isStale`: something was decided since. */
  find(
    tenant: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { kept: KeptStratum; isStale: boolean }>>;
  /** The newest, oldest first. */
  decided(tenant: string, id: string, since: string | null): Promise<DecidedCall[]>;
  /** Does not overwrite what knows more, nor a withdrawal with what has not heard of it. */
  keep(tenant: string, stratum: Stratum, kept: KeptStratum): Promise<void>;
  /** The same where it is withdrawn anew, and tells of it. False: that was on record already, or something newer is. */
  withdraw(tenant: string, stratum: Stratum, kept: KeptStratum): Promise<boolean>;
}
