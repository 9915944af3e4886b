import { z } from "zod";
import { components, timeSchema } from "./route.js";

export const signedSealSchema = z
  .object({
    seal: z.object({
      n: z.int().describe("1, 2, 3 … of the tenant."),
      at: timeSchema,
      tenant: z.string(),
      streams: z.int().describe("Streams that grew since the seal before."),
      root: z.string().describe("Merkle root (RFC 6962) over the last entry of each."),
      prev: z.string().describe("The hash of the seal before; empty for the first."),
      key: z.string().describe("Public Ed25519 key in base64url."),
    }),
    signature: z.string().describe("By that key, in base64url."),
  })
  .register(components, { id: "SignedSeal" });
export type SignedSeal = z.output<typeof signedSealSchema>;
