import { z } from "zod";
import { components } from "./route.js";

/** RFC 9457. Further members carry the ids a caller needs to go on. */
export const problemSchema = z
  .looseObject({
    type: z.string().describe("urn:holdpoint:problem:<code>"),
    title: z.string().describe("The same for every problem of its code."),
    status: z.int(),
    detail: z.string().describe("What was seen, why it matters, what to do."),
    code: z.string().describe("What programs look at; the texts may change."),
  })
  .register(components, { id: "Problem" });
export type Problem = z.output<typeof problemSchema>;
