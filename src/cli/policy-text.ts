// A policy file for the commands that take one, and verdicts in words.
import { readFile } from "node:fs/promises";
import type { Verdict } from "../http/contract.js";
import { messageOf } from "../kernel/errors.js";
import { loadPolicy } from "../policies/load-policy.js";
import { Refusal } from "./command.js";

export async function readPolicyText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new Refusal(`${file} cannot be read: ${messageOf(error)}`);
  });
}

/** The text of a policy that loads. Throws `policy_invalid` with the places of what is wrong, by this file's name. */
export async function readPolicyFile(file: string): Promise<string> {
  const text = await readPolicyText(file);
  loadPolicy(text, file);
  return text;
}

export function verdictInWords({ route, tier }: Pick<Verdict, "route" | "tier">): string {
  switch (route) {
    case "execute":
      return "runs at once";
    case "refuse":
      return "is refused, and nobody is asked";
    case "review":
      return `waits for ${tier ?? "a person"} to look at it`;
    case "approve":
      return `waits for ${tier ?? "a person"} to approve it`;
    case "draft":
      return `waits for ${tier ?? "a person"}, who finishes its words`;
  }
}
