// One try to deliver: a request that reaches no private address, follows nobody elsewhere, and has an end.
import http from "node:http";
import https from "node:https";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";
import { messageOf } from "../kernel/errors.js";
import { isAllowed } from "./address.js";

export interface Letter {
  url: string;
  headers: Record<string, string>;
  body: string;
}

// They look at the address that a connection is made to: a name may mean another one than a moment ago.
const guarded = { http: new RequestFilteringHttpAgent(), https: new RequestFilteringHttpsAgent() };

/** Null where it was taken; else why not. */
export function post(
  { url: address, headers, body }: Letter,
  { allowed, timeoutMs }: { allowed: readonly string[]; timeoutMs: number },
): Promise<string | null> {
  const url = new URL(address);
  const isSecure = url.protocol === "https:";
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const request = (isSecure ? https : http).request(url, {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      // Without keep-alive: the next one may be hours away.
      agent: isAllowed(url, allowed) ? false : isSecure ? guarded.https : guarded.http,
      signal,
    });
    request.on("response", (response) => {
      const { statusCode = 0 } = response;
      // What else it says is read by nobody, and may have no end.
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 300 ? null : `It answered ${statusCode}.`);
    });
    request.on("error", (error) =>
      resolve(signal.aborted ? `It did not answer within ${timeoutMs} ms.` : faultOf(error)),
    );
    request.end(body);
  });
}

/** Where several addresses of a name were tried, the error has a code and no words. */
function faultOf(error: Error): string {
  return error.message || ("code" in error ? String(error.code) : messageOf(error));
}
