import { z } from "zod";
import { explanationRequestSchema, explanationSchema } from "./explanation.js";
import { policyReplayRequestSchema, replayPartSchema, shadowReportSchema } from "./policy-replay.js";
import {
  policyInForceSchema,
  policyListQuerySchema,
  policySourceSchema,
  policyVersionListSchema,
} from "./policy.js";
import { idSchema, type Route } from "./route.js";

export const policyRoutes = {
  listPolicies: {
    method: "get",
    path: "/policies",
    group: "Reviews",
    for: "staff",
    summary:
      "Every version of a policy that was ever in force, the newest first, and since when and by whom it was.",
    query: policyListQuerySchema,
    answer: policyVersionListSchema,
    problems: [],
  },
  listPoliciesInForce: {
    method: "get",
    path: "/policies/in-force",
    group: "Reviews",
    for: "staff",
    summary: "What the policy of each agent that is served here says, as it was read.",
    answer: z.object({ items: z.array(policyInForceSchema) }),
    problems: [],
  },
  explainCall: {
    method: "post",
    path: "/policies/explain",
    group: "Reviews",
    for: "staff",
    summary:
      "What becomes of a call, and why: every rule that is asked, and what it says. Nothing is written.",
    body: explanationRequestSchema,
    answer: explanationSchema,
    problems: ["policy_invalid", "not_found", "agent_not_served", "unsupported"],
  },
  replayPolicy: {
    method: "post",
    path: "/policies/replay",
    group: "Reviews",
    for: "staff",
    summary:
      "What a policy would have made of the calls on record, part by part: each takes a few seconds, and their figures add up. Nothing is written.",
    body: policyReplayRequestSchema,
    answer: replayPartSchema,
    problems: ["policy_invalid"],
  },
  getShadow: {
    method: "get",
    path: "/policies/shadow",
    group: "Reviews",
    for: "staff",
    summary: "What the policy that judges beside the one in force says otherwise; null where there is none.",
    answer: shadowReportSchema.nullable(),
    problems: [],
  },
  getPolicy: {
    method: "get",
    path: "/policies/{version}",
    group: "Reviews",
    for: "staff",
    summary: "One version, by its hash or the beginning of it, with its source.",
    params: z.object({ version: idSchema }),
    answer: policySourceSchema,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
