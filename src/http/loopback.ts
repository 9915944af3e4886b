// Without authentication, being on this machine is the only credential, and a browser on this machine lends it to
// every page it shows. Two doors are closed against that: names that an attacker's DNS points here (Host), and
// writes that a foreign page sends (Origin).
import { HoldpointError } from "../kernel/errors.js";

export function refuseForeign(request: Request): void {
  const host = request.headers.get("host");
  if (host === null || !isLoopbackName(hostnameOf(`http://${host}`))) {
    throw new HoldpointError(
      "request_forbidden",
      `This server answers to loopback names only (localhost, 127.0.0.1, [::1]), not to "${host ?? ""}". ` +
        "It has no authentication, so a name from elsewhere would open it to web pages.",
    );
  }
  const origin = request.headers.get("origin");
  if (origin !== null && !isRead(request.method) && !isLoopbackName(hostnameOf(origin))) {
    throw new HoldpointError(
      "request_forbidden",
      `A page from ${origin} may not write here: in a browser, only pages served from this machine may.`,
    );
  }
}

export function isLoopbackName(hostname: string | null): boolean {
  return (
    hostname === "localhost" ||
    hostname === "::1" ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname ?? "")
  );
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function hostnameOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}
