import { z } from "zod";
import { noAnswer, type Route } from "./route.js";
import { queueFilterSchema, savedViewSchema, savedViewsSchema, viewNameSchema } from "./view.js";

const ofView = z.object({ name: viewNameSchema });

export const viewRoutes = {
  listViews: {
    method: "get",
    path: "/views",
    group: "Reviews",
    for: "staff",
    summary: "The filters of the queue that one keeps.",
    answer: savedViewsSchema,
    problems: [],
  },
  saveView: {
    method: "put",
    path: "/views/{name}",
    group: "Reviews",
    for: "staff",
    summary: "Keeps a filter of the queue under a name, in the place of the one that had it.",
    params: ofView,
    body: queueFilterSchema,
    answer: savedViewSchema,
    problems: [],
  },
  removeView: {
    method: "delete",
    path: "/views/{name}",
    group: "Reviews",
    for: "staff",
    summary: "Keeps it no more.",
    params: ofView,
    answer: noAnswer,
    status: 204,
    problems: ["not_found"],
  },
} as const satisfies Record<string, Route>;
