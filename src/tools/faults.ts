// What is wrong with arguments, and in which of them: for people who look at fields.
import { z } from "zod";
import type { HoldpointError } from "../kernel/errors.js";

export interface Fault {
  /** Names and places with dots between: `items.0.price`; empty where it is about all of it. */
  path: string;
  message: string;
}

const carried = z.object({ faults: z.array(z.object({ path: z.string(), message: z.string() })).min(1) });

/** The faults that a refusal of arguments carries; the refusal itself where it names none. */
export function faultsOf({ details, message }: HoldpointError): Fault[] {
  return carried.safeParse(details).data?.faults ?? [{ path: "", message }];
}

export function faultsOfZod({ issues }: z.ZodError): Fault[] {
  return issues.flatMap((issue) => {
    const { path, message } = issue;
    // The field that is too much, and not the object that it stands in.
    const places = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
    return places.map((place) => ({ path: place.join("."), message }));
  });
}
