// What more than one part of a review is made of.
import { z } from "zod";
import { components } from "./route.js";

export const personSchema = z
  .object({
    id: z.string(),
    kind: z.enum(["person", "agent", "service"]),
    onBehalfOf: z.string().optional().describe("In whose stead they decided, as a deputy."),
  })
  .register(components, { id: "Person" });
export type Person = z.output<typeof personSchema>;
