// The access file: who may come in, from where, and how often.
import { z } from "zod";
import { callerRole, defaultTenant, personNamed } from "../kernel/principal.js";

const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s\p{C}]+$/u, "A name has no blanks and no control characters.");

/** `*`, every role, is for the one person of a machine without an access file. */
const roleSchema = nameSchema
  .refine((role) => role !== "*", 'Name the roles; there is no "*" here.')
  .refine(
    (role) => role !== callerRole,
    `"${callerRole}" is whoever reaches a thread, and not given to anybody.`,
  );

/** Upper and lower case are one: the same person must not be two by a shift key. */
const personNameSchema = nameSchema.transform(personNamed);

export const keySchema = z.strictObject({
  id: nameSchema.describe(
    "Who it is, as the record will show it. While a key is replaced, two keys may have one id.",
  ),
  kind: z.enum(["service", "person", "agent"]).default("service"),
  person: personNameSchema
    .optional()
    .describe("Whose second account or service it is: to decide with it is to decide as that person."),
  tenant: nameSchema.default(defaultTenant),
  roles: z.array(roleSchema).default([]),
  sha256: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/,
      "This is no SHA-256 in hexadecimal. `npx holdpoint access key` makes a key and its line.",
    ),
});

const claimSchema = z.string().min(1);

export const issuerSchema = z.strictObject({
  name: nameSchema
    .refine(
      (name) => name !== "key" && !name.includes(":"),
      'A name has no colon, and "key" is taken by API keys.',
    )
    .optional()
    .describe("Needed where there is more than one: stands before the id of who it names."),
  issuer: z.string().min(1).describe("The `iss` of its tokens, letter by letter."),
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  jwks: z
    .url()
    .refine(isSafeUrl, "Its keys decide who comes in: they are fetched over https, or from this machine."),
  algorithms: z
    .array(
      z.enum([
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
      ]),
    )
    .min(1)
    .default(["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]),
  id: claimSchema.default("sub"),
  person: claimSchema
    .optional()
    .describe(
      "The claim that names the person behind an account, as `email`. Its people must not be able to change it themselves.",
    ),
  kind: z.enum(["person", "service", "agent"]).default("person"),
  tenant: z
    .union([nameSchema, z.strictObject({ claim: claimSchema })])
    .default(defaultTenant)
    .describe("One for all its tokens, or the claim that names it."),
  roles: z
    .strictObject({ claim: claimSchema, names: z.record(z.string().min(1), roleSchema) })
    .optional()
    .describe(
      "The claim that lists its roles, and what each is called here. What is not named here counts for nothing.",
    ),
  leewaySeconds: z.number().int().min(0).max(300).default(30),
});

export const accessSchema = z.strictObject({
  keys: z.array(keySchema).default([]),
  issuers: z.array(issuerSchema).default([]),
  origins: z
    .array(z.string().refine(isOrigin, "An origin is scheme, host and port, as https://chat.example.com."))
    .default([])
    .describe("Whose pages a browser lets in."),
  limits: z
    .strictObject({ requestsPerMinute: z.number().int().min(1).default(1_000) })
    .prefault({})
    .describe("For each caller and process."),
});

export type AccessDocument = z.output<typeof accessSchema>;
export type Key = z.output<typeof keySchema>;
export type Issuer = z.output<typeof issuerSchema>;

function isSafeUrl(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return (
    protocol === "https:" ||
    (protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
  );
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
