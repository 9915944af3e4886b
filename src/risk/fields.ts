// Which arguments of a tool say how much, to whom, and what it is about.
import { isJsonObject, type JsonObject } from "../kernel/json.js";

export type Role = "amount" | "recipient" | "target";
export type Fields = Record<Role, string | null>;

const names: Readonly<Record<Role, RegExp>> = {
  amount: /amount|price|total|sum|cost|value|quantity/i,
  recipient: /recipient|^to$|e-?mail|phone|iban|payee|beneficiary|participants?|invitee|channel|address/i,
  target: /_?id$|^name$|path|file|repo|account|order|customer|user|url/i,
};

export function fieldsIn(schema: JsonObject | null): Fields {
  const properties = schema?.["properties"];
  const all = isJsonObject(properties) ? Object.entries(properties) : [];
  const named = (role: Role, fits: (type: unknown) => boolean = () => true): string | null =>
    all.find(
      ([name, property]) =>
        names[role].test(name) && fits(isJsonObject(property) ? property["type"] : undefined),
    )?.[0] ?? null;
  return {
    amount: named("amount", (type) => type === "number" || type === "integer"),
    recipient: named("recipient"),
    target: named("target"),
  };
}

/** What a value of an argument of this name is for; null: the name does not say. `item_ids` are ids. */
export function roleOf(name: string, value: string | number): Role | null {
  const one = name.replace(/s$/, "");
  if (names.amount.test(name) && /^-?\d+(?:[.,]\d+)?$/.test(String(value))) return "amount";
  if (names.recipient.test(name)) return "recipient";
  return names.target.test(one) || names.target.test(name) ? "target" : null;
}
