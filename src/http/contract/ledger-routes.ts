import { z } from "zod";
import type { Route } from "./route.js";
import { signedSealSchema } from "./ledger.js";

export const ledgerRoutes = {
  exportLedger: {
    method: "get",
    path: "/ledger",
    group: "Server",
    for: "operator",
    summary: "All that is on record of the caller's tenant, for `holdpoint ledger verify`.",
    answer: z.string().describe("JSON lines in canonical form (RFC 8785); docs/ledger.md has each of them."),
    lines: true,
    problems: ["unsupported"],
  },
  newestSeal: {
    method: "get",
    path: "/ledger/seal",
    group: "Server",
    for: "operator",
    summary:
      "The newest seal, to be kept elsewhere: a ledger that was put back to before it is found out by it.",
    answer: signedSealSchema,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
