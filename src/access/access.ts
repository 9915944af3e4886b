// Who comes in with which credential. An access file makes one; a changed file another.
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { HoldpointError } from "../kernel/errors.js";
import { localPerson, type Principal } from "../kernel/principal.js";
import type { Staffing } from "../policies/staffing.js";
import { isKey, isKeyId, keyId, keyRing } from "./keys.js";
import type { AccessDocument } from "./schema.js";
import { staffingOf } from "./staffing.js";
import { tokenReader, type TokenDeps } from "./tokens.js";

export interface Access {
  /**
   * Throws `credentials_missing`, `credentials_invalid`, `issuer_unreachable`, and `rate_limited` where this caller has
   * asked too often.
   * @param credential an API key or a token, as it came; null without one.
   */
  admit(credential: string | null): Promise<Principal>;
  /**
   * Who it still is, for what was begun with it, and until when; null: there is no such time. Counts against nobody, and
   * throws as `admit` does.
   */
  still(credential: string | null): Promise<{ principal: Principal; until: Date | null }>;
  /** Which roles an account has by this file, none where there is no such account; null: a token brings its own. */
  rolesOfNow(tenant: string, id: string): readonly string[] | null;
  /** Pages that a browser lets in. */
  readonly origins: readonly string[];
  /** Who can be asked to decide. */
  readonly staffing: Staffing;
  /** In words for an operator. */
  readonly summary: string;
}

export function createAccess(document: AccessDocument, deps: TokenDeps): Access {
  const { keys, issuers, origins, limits } = document;
  const holderOf = keyRing(keys);
  const readToken = tokenReader(issuers, deps);
  const limiter = new RateLimiterMemory({ points: limits.requestsPerMinute, duration: 60 });

  const still: Access["still"] = async (credential) => {
    if (credential === null) throw missing();
    if (!isKey(credential)) return readToken(credential);
    const principal = holderOf(credential);
    if (!principal) throw unknownKey();
    return { principal, until: null };
  };

  return {
    origins,
    staffing: staffingOf(document),
    summary: `${keys.length} ${keys.length === 1 ? "key" : "keys"}, ${issuers.length} ${issuers.length === 1 ? "issuer" : "issuers"}`,
    rolesOfNow(tenant, id) {
      // Whoever was on this machine before there was a file has an account no more.
      if (id === localPerson.id) return [];
      if (!isKeyId(id)) return issuers.length === 0 ? [] : null;
      const held = keys.filter((key) => key.tenant === tenant && keyId(key) === id);
      return [...new Set(held.flatMap(({ roles }) => roles))];
    },
    async admit(credential) {
      const { principal } = await still(credential);
      await countAgainst(limiter, principal);
      return principal;
    },
    still,
  };
}

async function countAgainst(limiter: RateLimiterMemory, { tenant, id }: Principal): Promise<void> {
  try {
    await limiter.consume(JSON.stringify([tenant, id]));
  } catch (state) {
    if (!(state instanceof RateLimiterRes)) throw state;
    const retryAfterSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    throw new HoldpointError(
      "rate_limited",
      `${id} has sent more than ${limiter.points} requests within a minute. Try again in ${retryAfterSeconds} s; ` +
        "limits.requestsPerMinute in the access file is the limit.",
      { details: { retryAfterSeconds } },
    );
  }
}

function missing(): HoldpointError {
  return new HoldpointError(
    "credentials_missing",
    "This server asks who calls. Send an API key as `X-Api-Key: hp_…`, or a token as `Authorization: Bearer …`.",
  );
}

function unknownKey(): HoldpointError {
  return new HoldpointError(
    "credentials_invalid",
    "This API key is not known here; it may have been withdrawn.",
  );
}
