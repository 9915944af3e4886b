// What a person gave, read: what is wrong with it is theirs to repair; other faults are not, and are thrown.
import { HoldpointError } from "../kernel/errors.js";
import type { Refused } from "./answer.js";

export type Read<T> = { ok: true; value: T } | Refused;

export const taken = <T>(value: T): Read<T> => ({ ok: true, value });

export function read<T>(parse: () => T): Read<T> {
  try {
    return taken(parse());
  } catch (error) {
    if (error instanceof HoldpointError) return { ok: false, error };
    throw error;
  }
}
