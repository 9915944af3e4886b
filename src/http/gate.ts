// Who calls, and whether a route is for them: decided once, before anything of the request is read.
import type { Access } from "../access/access.js";
import { HoldpointError, isHoldpointError } from "../kernel/errors.js";
import { holdsRole, isGuest, localPerson, operatorRole, type Principal } from "../kernel/principal.js";
import { parse } from "hono/utils/cookie";
import type { Need } from "./contract/route.js";
import { isLoopbackName, refuseForeign } from "./loopback.js";

export interface Gate {
  /** Throws what `Access.admit` does, `request_forbidden`, and `access_forbidden` where the route is for others. */
  admit(request: Request, need: Need): Promise<Principal>;
  /** Would the same request still be let in, and until when? True: no end of it is known. */
  isStillIn(request: Request, need: Need, as: Principal): Promise<boolean | Date>;
  /** Which roles an account has now; null: not known here. */
  rolesOfNow(tenant: string, id: string): readonly string[] | null;
  /** May a browser show answers to pages of this origin? */
  opensTo(origin: string): boolean;
}

/** Without an access file: whoever is on this machine is the one person there is. */
export const loopbackGate: Gate = {
  admit(request) {
    refuseForeign(request);
    return Promise.resolve(localPerson);
  },
  isStillIn: () => Promise.resolve(true),
  rolesOfNow: () => null,
  opensTo: (origin) => URL.canParse(origin) && isLoopbackName(new URL(origin).hostname),
};

/** @param access asked anew for each request, since its file may change. */
export function accessGate(access: () => Access): Gate {
  return {
    async admit(request, need) {
      if (need === "anybody") return nobody;
      const principal = await access().admit(credentialOf(request));
      refuseOthers(principal, need);
      return principal;
    },
    async isStillIn(request, need, as) {
      if (need === "anybody") return true;
      try {
        const { principal, until } = await access().still(credentialOf(request));
        refuseOthers(principal, need);
        return principal.tenant === as.tenant && (until ?? true);
      } catch (error) {
        // Whoever cannot be asked now was let in before; how long their token holds is known since then.
        if (isHoldpointError(error)) return error.code === "issuer_unreachable";
        throw error;
      }
    },
    rolesOfNow: (tenant, id) => access().rolesOfNow(tenant, id),
    opensTo: (origin) => access().origins.includes(origin),
  };
}

const nobody: Principal = { id: "nobody", kind: "person", roles: [], tenant: "" };

/**
 * `Authorization` before `X-Api-Key`: LangGraph's client adds the latter by itself where it finds a key of another
 * service in its environment.
 */
function credentialOf(request: Request): string | null {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return bearer ?? (request.headers.get("x-api-key") || sessionOf(request));
}

/** Where the reader of the page signed in. */
export const sessionCookie = "holdpoint_session";

/** A browser sends a cookie along by itself, so it counts only where the page that asks is ours. */
function sessionOf(request: Request): string | null {
  const credential = parse(request.headers.get("cookie") ?? "", sessionCookie)[sessionCookie];
  if (credential === undefined) return null;
  refuseOtherPages(request);
  return credential;
}

/** Of what a browser sends: the page that asks has to be ours. */
export function refuseOtherPages(request: Request): void {
  if (isOwnPage(request)) return;
  throw new HoldpointError(
    "request_forbidden",
    "Another site's page may not act in the name of who is signed in here.",
  );
}

/** Over plain HTTP to another machine, browsers say no more than where a write comes from. */
function isOwnPage({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return origin === null || (URL.canParse(origin) && new URL(origin).host === host);
}

function refuseOthers(principal: Principal, need: Need): void {
  switch (need) {
    case "anybody":
    case "caller":
      return;
    case "staff":
      if (!isGuest(principal)) return;
      throw forbidden(
        "This is for people with a role, and yours is none: you may talk to agents, in threads of your own.",
      );
    case "operator":
      if (holdsRole(principal, [operatorRole])) return;
      throw forbidden(`This changes what everybody here shares, and needs the role "${operatorRole}".`);
  }
}

function forbidden(why: string): HoldpointError {
  return new HoldpointError(
    "access_forbidden",
    `${why} Roles are given in the access file, or by its issuers.`,
  );
}
