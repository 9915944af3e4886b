import { z } from "zod";
import {
  cronCountSchema,
  cronCreateSchema,
  cronListSchema,
  cronPatchSchema,
  cronSchema,
  cronSearchSchema,
} from "./cron.js";
import { idSchema, noAnswer, type Route } from "./route.js";

const ofCron = z.object({ cron_id: idSchema });

export const cronRoutes = {
  createCron: {
    method: "post",
    path: "/runs/crons",
    group: "LangGraph",
    for: "operator",
    summary: "Begins runs by the clock, each on a fresh thread.",
    body: cronCreateSchema,
    answer: cronSchema,
    problems: ["not_found", "unsupported", "input_invalid"],
  },
  createThreadCron: {
    method: "post",
    path: "/threads/{thread_id}/runs/crons",
    group: "LangGraph",
    for: "operator",
    summary: "Begins runs by the clock, on this thread.",
    params: z.object({ thread_id: idSchema }),
    body: cronCreateSchema,
    answer: cronSchema,
    problems: ["not_found", "unsupported", "input_invalid"],
  },
  updateCron: {
    method: "patch",
    path: "/runs/crons/{cron_id}",
    group: "LangGraph",
    for: "operator",
    summary: "Changes a cron.",
    params: ofCron,
    body: cronPatchSchema,
    answer: cronSchema,
    problems: ["not_found", "unsupported", "input_invalid"],
  },
  deleteCron: {
    method: "delete",
    path: "/runs/crons/{cron_id}",
    group: "LangGraph",
    for: "operator",
    summary: "Deletes a cron. Its runs and their threads stay.",
    params: ofCron,
    answer: noAnswer,
    status: 204,
    problems: ["not_found"],
  },
  searchCrons: {
    method: "post",
    path: "/runs/crons/search",
    group: "LangGraph",
    for: "operator",
    summary: "Finds crons.",
    body: cronSearchSchema,
    answer: cronListSchema,
    problems: [],
  },
  countCrons: {
    method: "post",
    path: "/runs/crons/count",
    group: "LangGraph",
    for: "operator",
    summary: "Counts crons.",
    body: cronCountSchema,
    answer: z.int(),
    problems: [],
  },
} as const satisfies Record<string, Route>;
