import { z } from "zod";
import { levelSchema } from "./review.js";
import { components, idSchema } from "./route.js";

/** What narrows the queue; the names are those of `GET /reviews`. */
export const queueFilterSchema = z
  .strictObject({
    graph_id: idSchema,
    tool: idSchema,
    tier: idSchema,
    level: levelSchema,
    claimed: z.enum(["mine", "none"]),
    asked: z.literal("me"),
    confidence_below: z.number().min(0).max(1).describe("The agent said that it was less sure than this."),
    older_than: z.int().min(1).max(525_600).describe("Minutes it has waited at least."),
  })
  .partial()
  .register(components, { id: "QueueFilter" });
export type QueueFilter = z.output<typeof queueFilterSchema>;

export const viewNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), "is not a line of text");

export const savedViewSchema = z
  .object({ name: z.string(), filter: queueFilterSchema })
  .register(components, { id: "SavedView" });
export type SavedView = z.output<typeof savedViewSchema>;

export const savedViewsSchema = z.object({ items: z.array(savedViewSchema) });
