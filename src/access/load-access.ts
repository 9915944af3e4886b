import type { z } from "zod";
import { readDocument, type DocumentKind } from "../yaml/document.js";
import type { Spot } from "../yaml/source.js";
import { personFaults } from "./persons.js";
import { accessSchema, issuerSchema, keySchema, type AccessDocument } from "./schema.js";

/** Reads an access file, or throws `access_invalid` with every problem as `FILE:LINE:COL: message`. */
export function loadAccess(text: string, file: string): AccessDocument {
  return readDocument(text, file, accessFile).read;
}

const accessFile: DocumentKind<typeof accessSchema> = {
  schema: accessSchema,
  code: "access_invalid",
  empty: "An empty access file lets nobody in. Name keys or issuers; `npx holdpoint access key` makes a key.",
  aboutUnknownKey: (key, path) =>
    `Unknown key "${key}". Known here: ${Object.keys(shapeAt(path)).join(", ")}.`,
  misreferences: (data) => faultsIn(data as Partial<Written>),
};

type Written = z.input<typeof accessSchema>;

function shapeAt([section, ...rest]: readonly PropertyKey[]): object {
  if (section === undefined) return accessSchema.shape;
  if (section === "keys") return keySchema.shape;
  if (section === "limits") return accessSchema.shape.limits.unwrap().shape;
  if (section !== "issuers" || rest.length < 2) return issuerSchema.shape;
  return rest[1] === "roles" ? { claim: true, names: true } : { claim: true };
}

/** What can be seen of a whole file only. It runs on what no schema has passed yet, so nothing is where it should be. */
function faultsIn(data: Partial<Written>): { spot: Spot; message: string }[] {
  const keys = listOf(data.keys);
  const issuers = listOf(data.issuers);
  const at = (list: string, index: number, field: string): Spot => ({
    path: [list, index, field],
    aim: "value",
  });
  const faults = [
    ...repeats(keys, "sha256").map((index) => ({
      spot: at("keys", index, "sha256"),
      message: "This key stands above already: whom it names must be plain.",
    })),
    ...repeats(issuers, "issuer").map((index) => ({
      spot: at("issuers", index, "issuer"),
      message: "This issuer stands above already.",
    })),
    ...repeats(issuers, "name").map((index) => ({
      spot: at("issuers", index, "name"),
      message: "This name stands above already, and two people could then have one id.",
    })),
  ];
  for (const { index, field, message } of personFaults(keys))
    faults.push({ spot: at("keys", index, field), message });
  if (issuers.length > 1) {
    for (const [index, { name }] of issuers.entries()) {
      if (name !== undefined) continue;
      faults.push({
        spot: at("issuers", index, "issuer"),
        message: "Where there is more than one issuer each needs a name, or two people could have one id.",
      });
    }
  }
  if (keys.length + issuers.length === 0) {
    faults.push({ spot: { path: [], aim: "value" }, message: accessFile.empty });
  }
  return faults;
}

type Loose = Record<string, unknown>;

function listOf(list: unknown): Loose[] {
  return Array.isArray(list) ? list.map((one: unknown) => Object(one) as Loose) : [];
}

function repeats(list: readonly Loose[], field: string): number[] {
  const seen = new Set<unknown>();
  return list.flatMap(({ [field]: value }, index) => {
    const isRepeat = value !== undefined && seen.has(value);
    seen.add(value);
    return isRepeat ? [index] : [];
  });
}
