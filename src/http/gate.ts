// Who calls, and whether a route is for them: decided once, before anything of the request is read.
import type { Access } from "../access/access.js";
import { HoldpointError } from "../kernel/errors.js";
import { holdsRole, isGuest, localPerson, operatorRole, type Principal } from "../kernel/principal.js";
import { parse } from "hono/utils/cookie";
import type { Need } from "./contract/route.js";
import { isLoopbackName, refuseForeign } from "./loopback.js";

export interface Gate {
  /** Throws what `Access.admit` does, `request_forbidden`, and `access_forbidden` where the route is for others. */
  admit(request: Request, need: Need): Promise<Principal>;
  /** May a browser show answers to pages of this origin? */
  opensTo(origin: string): boolean;
}

/** Without an access file: whoever is on this machine is the one person there is. */
export const loopbackGate: Gate = {
  admit(request) {
    refuseForeign(request);
    return Promise.resolve(localPerson);
  },
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
  const from = request.headers.get("sec-fetch-site");
  if (from === null || from === "same-origin" || from === "none") return credential;
  throw new HoldpointError(
    "request_forbidden",
    "Another site's page may not act in the name of who is signed in here.",
  );
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
