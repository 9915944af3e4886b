import { boardSchema } from "./board.js";
import { sinceQuerySchema } from "./review-context.js";
import type { Route } from "./route.js";
import { ofStory, storyMarkSchema, storyQuerySchema, storySchema } from "./story.js";

export const storyRoutes = {
  getStory: {
    method: "get",
    path: "/threads/{thread_id}/story",
    group: "Reviews",
    for: "staff",
    summary: "A thread as people read it, page by page from the newest: what was said, and every call.",
    params: ofStory,
    query: storyQuerySchema,
    answer: storySchema,
    problems: ["not_found"],
  },
  watchStory: {
    method: "get",
    path: "/threads/{thread_id}/story/events",
    group: "Reviews",
    for: "staff",
    summary: "An event `story` at once and whenever the story has changed.",
    params: ofStory,
    answer: storyMarkSchema,
    streams: true,
    problems: ["not_found"],
  },
  getBoard: {
    method: "get",
    path: "/board",
    group: "Reviews",
    for: "staff",
    summary: "Where everything stands: the newest of each stage, and how many there are.",
    query: sinceQuerySchema,
    answer: boardSchema,
    problems: [],
  },
  watchBoard: {
    method: "get",
    path: "/board/events",
    group: "Reviews",
    for: "staff",
    summary: "The same, as an event `board` at once and whenever it has changed.",
    query: sinceQuerySchema,
    answer: boardSchema,
    streams: true,
    problems: [],
  },
} as const satisfies Record<string, Route>;
