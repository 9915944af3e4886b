import { z } from "zod";

/** To whom a review goes on: a person by their id, or a tier of the policy. */
export const addresseeSchema = z.union([
  z.strictObject({ person: z.string().trim().min(1).max(200) }),
  z.strictObject({ tier: z.string().min(1).max(200) }),
]);
export type Addressee = z.output<typeof addresseeSchema>;

export const handOnRequestSchema = z.strictObject({
  to: addresseeSchema,
  note: z.string().trim().max(2_000).optional().describe("For whoever gets it."),
});
export type HandOnRequest = z.output<typeof handOnRequestSchema>;
