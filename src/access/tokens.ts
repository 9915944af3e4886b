// JSON Web Tokens of an identity provider, checked by the keys that it publishes (RFC 7519, RFC 8725).
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import { personNamed, type Principal } from "../kernel/principal.js";
import type { Issuer } from "./schema.js";

export const keysCooldownMs = 10_000;

export interface TokenDeps {
  now(): Date;
  /** How long an issuer's keys are not asked for again after they were, in milliseconds: unknown key ids are cheap to make. */
  cooldownMs: number;
}

export interface ReadToken {
  principal: Principal;
  /** From when on it is refused. */
  until: Date;
}

/** Who a token names. Throws `credentials_invalid`, or `issuer_unreachable` where its keys cannot be had. */
export type TokenReader = (token: string) => Promise<ReadToken>;

export function tokenReader(issuers: readonly Issuer[], deps: TokenDeps): TokenReader {
  const known = new Map(
    issuers.map((issuer): [string, Verifier] => {
      const keys = createRemoteJWKSet(new URL(issuer.jwks), { cooldownDuration: deps.cooldownMs });
      return [issuer.issuer, { issuer, keys }];
    }),
  );
  return async (token) => {
    const verifier = known.get(issuerOf(token));
    if (!verifier) throw refused("it comes from an issuer that is not known here");
    const payload = await verified(token, verifier, deps);
    const until = new Date(((payload.exp ?? 0) + verifier.issuer.leewaySeconds) * 1_000);
    return { principal: principalFrom(payload, verifier.issuer), until };
  };
}

interface Verifier {
  issuer: Issuer;
  keys: JWTVerifyGetKey;
}

/** Read before anything is checked, and only to find by whose keys to check. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    throw refused("it is neither a key (hp_…) nor a JSON Web Token");
  }
}

async function verified(token: string, { issuer, keys }: Verifier, deps: TokenDeps): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      // Named, and asymmetric ones only: a token must not choose `none`, nor a public key as a shared secret.
      algorithms: issuer.algorithms,
      requiredClaims: ["exp"],
      clockTolerance: issuer.leewaySeconds,
      currentDate: deps.now(),
    });
    return payload;
  } catch (error) {
    throw whyRefused(error, issuer);
  }
}

function whyRefused(error: unknown, { issuer }: Issuer): HoldpointError {
  if (error instanceof errors.JWTExpired) return refused("it has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`its claim "${error.claim}" does not fit`);
  if (error instanceof errors.JWSSignatureVerificationFailed) return refused("its signature is wrong");
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused("its algorithm is not one of those allowed here");
  if (error instanceof errors.JWKSNoMatchingKey) return refused("its issuer publishes no key that fits");
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refused("it does not say by which key it is signed");
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid)
    return refused("it cannot be read");
  if (error instanceof errors.JOSENotSupported)
    return refused("it needs something that is not supported here");
  return new HoldpointError(
    "issuer_unreachable",
    `The keys of ${issuer} cannot be had, so its tokens cannot be checked. Try again shortly.`,
    { cause: error, details: { why: messageOf(error) } },
  );
}

function principalFrom(payload: JWTPayload, { id, kind, name, tenant, roles, person }: Issuer): Principal {
  const subject = textOf(payload, id);
  // `key:` is of API keys; and a subject must not be taken for one of another issuer.
  if (name === undefined && subject.startsWith("key:")) throw refused(`its claim "${id}" begins with "key:"`);
  return {
    id: name === undefined ? subject : `${name}:${subject}`,
    kind,
    tenant: typeof tenant === "string" ? tenant : textOf(payload, tenant.claim),
    roles: roles ? rolesFrom(claimOf(payload, roles.claim), roles.names) : [],
    ...(person === undefined ? {} : { subject: personNamed(textOf(payload, person)) }),
  };
}

function textOf(payload: JWTPayload, claim: string): string {
  const value = claimOf(payload, claim);
  if (typeof value === "string" && /^[^\p{Cc}\p{Cs}]{1,500}$/u.test(value)) return value;
  throw refused(`its claim "${claim}" is missing, or is no plain text`);
}

/** Providers list roles as an array or, as scopes are, as one text with blanks. */
function rolesFrom(given: unknown, names: Readonly<Record<string, string>>): string[] {
  const listed = typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given : [];
  const known = listed.flatMap((role: unknown) =>
    typeof role === "string" && Object.hasOwn(names, role) ? [names[role] ?? ""] : [],
  );
  return [...new Set(known)];
}

/** A claim by its name, which may have dots of its own (`https://example.com/roles`), or by a path (`realm_access.roles`). */
function claimOf(payload: JWTPayload, claim: string): unknown {
  if (Object.hasOwn(payload, claim)) return payload[claim];
  return claim
    .split(".")
    .reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      payload,
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function refused(why: string): HoldpointError {
  return new HoldpointError("credentials_invalid", `This token is not taken: ${why}.`);
}
