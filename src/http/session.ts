// Signing in on the page: its reader's key or token becomes a cookie that no script can read.
import { deleteCookie, setCookie } from "hono/cookie";
import type { Context, Hono } from "hono";
import { z } from "zod";
import { HoldpointError } from "../kernel/errors.js";
import { readJson } from "./body.js";
import { refuseOtherPages, sessionCookie, type Gate } from "./gate.js";

const signInSchema = z.strictObject({ credential: z.string().min(1).max(3_500) });

export function serveSession(app: Hono, gate: Gate): void {
  app.post("/session", async (c) => {
    // Else a page from elsewhere could sign its reader in as somebody of its own.
    refuseOtherPages(c.req.raw);
    const parsed = signInSchema.safeParse(await readJson(c.req.raw));
    if (!parsed.success) {
      throw new HoldpointError("request_invalid", 'Send { "credential": "…" }, an API key or a token.');
    }
    const { credential } = parsed.data;
    const asBearer = new Request(c.req.url, { headers: { authorization: `Bearer ${credential}` } });
    const { id, kind, roles, tenant } = await gate.admit(asBearer, "caller");
    setCookie(c, sessionCookie, credential, { ...cookie, secure: isSecure(c) });
    return c.json({ id, kind, roles, tenant });
  });
  app.delete("/session", (c) => {
    deleteCookie(c, sessionCookie, { ...cookie, secure: isSecure(c) });
    return c.body(null, 204);
  });
}

/** Sent by no page but ours; gone with the browser's session. */
const cookie = { path: "/", httpOnly: true, sameSite: "Strict" } as const;

/** TLS ends at the proxy in front. */
function isSecure(c: Context): boolean {
  return c.req.header("x-forwarded-proto") === "https" || new URL(c.req.url).protocol === "https:";
}
