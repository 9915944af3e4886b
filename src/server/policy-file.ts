// The policy file of an operator: read at start, and again whenever it changes or SIGHUP asks. One that is wrong
// changes nothing; the last good one stays in force.
import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { loadPolicy } from "../policies/load-policy.js";
import type { Replacement } from "../policies/policy.js";

const lookEveryMs = 500;

/** Its text; throws `policy_invalid` where it does not load, `options_invalid` where it cannot be read. */
export async function readPolicyFile(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new HoldpointError("options_invalid", `HOLDPOINT_POLICY=${file} ${whyUnread(error)}`);
  });
  loadPolicy(text, file);
  return text;
}

export interface WatchedPolicy {
  reload(): void;
  stop(): void;
}

/** @param say told of each version that comes into force, and of the end of a fault. */
export function watchPolicyFile(
  agent: { reloadPolicy(text: string, file: string): Promise<Replacement> },
  file: string,
  inForce: string,
  { log, say }: { log: Log; say: (line: string) => void },
): WatchedPolicy {
  let current = inForce;
  let isFaulty = false;
  let work = Promise.resolve();

  const read = async (): Promise<void> => {
    try {
      const text = await readFile(file, "utf8");
      if (text === current && !isFaulty) return;
      const replaced = await agent.reloadPolicy(text, file);
      if (!replaced.ok) throw replaced.error;
      const version = `version ${replaced.policy.version.slice(0, 12)}`;
      if (text === current) say(`The policy file ${file} is good again: ${version} is in force, as before.`);
      else say(`Policy reloaded from ${file}: ${version}.`);
      current = text;
      isFaulty = false;
    } catch (error) {
      isFaulty = true;
      log.error("the policy file was not reloaded; the last good version stays in force", {
        file,
        error: messageOf(error),
      });
    }
  };
  // One after the other, so that an older text never comes into force after a newer one.
  const reload = (): void => {
    work = work.then(read);
  };

  // Looks instead of being told: that also sees files that are replaced, mounted or linked anew.
  watchFile(file, { interval: lookEveryMs }, reload);
  return { reload, stop: () => unwatchFile(file, reload) };
}

function whyUnread(error: unknown): string {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EISDIR":
      return "is a folder. Name the policy file in it.";
    case "ENOENT":
      return "is not there (ENOENT). Name a policy file that is, or leave HOLDPOINT_POLICY out for the agent's own.";
    case "EACCES":
      return "may not be read by this user (EACCES). Give it the right to.";
    default:
      return `cannot be read: ${messageOf(error)}`;
  }
}
