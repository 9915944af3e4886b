// Which keys are one person's has to be plain: where the file leaves it open, one person could count as two.
import { defaultTenant, personNamed } from "../kernel/principal.js";
import { keyId } from "./keys.js";

interface Holder {
  index: number;
  tenant: unknown;
  id: string;
  /** In one spelling; null: the account is its own person. */
  person: string | null;
}

interface Fault {
  index: number;
  field: "id" | "person";
  message: string;
}

/** Keys of a file that no schema has passed yet, with what is wrong about their persons. */
export function personFaults(keys: readonly Record<string, unknown>[]): Fault[] {
  const holders = keys.flatMap(holderIn);
  return holders.flatMap((key): Fault[] => {
    const others = holders.filter(({ tenant, person }) => tenant === key.tenant && person !== key.person);
    if (others.some(({ id, index }) => id === key.id && index < key.index))
      return [
        {
          index: key.index,
          field: "id",
          message: `"${key.id}" stands above with another person: while a key is replaced, both name the same one.`,
        },
      ];
    const named = others.find(({ id }) =>
      [personNamed(id), personNamed(keyId({ id }))].includes(key.person ?? ""),
    );
    if (!named) return [];
    return [
      {
        index: key.index,
        field: "person",
        message: `"${key.person}" is the id of another key, which does not name this person: they would count as two. Write the same person at both.`,
      },
    ];
  });
}

function holderIn({ id, tenant = defaultTenant, person }: Record<string, unknown>, index: number): Holder[] {
  if (typeof id !== "string") return [];
  return [{ index, tenant, id, person: typeof person === "string" ? personNamed(person) : null }];
}
