// The policy file of an operator: read at start, and again whenever it changes or SIGHUP asks. One that is wrong
// changes nothing; the last good one stays in force.
import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";
import { loadPolicy } from "../policies/load-policy.js";
import type { Runtime } from "../runtime.js";

const lookEveryMs = 500;

/** Its text; throws `policy_invalid` where it cannot be read or does not load. */
export async function readPolicyFile(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new HoldpointError(
      "policy_invalid",
      `HOLDPOINT_POLICY=${file} cannot be read: ${messageOf(error)}`,
    );
  });
  loadPolicy(text, file);
  return text;
}

export interface WatchedPolicy {
  reload(): void;
  stop(): void;
}

/** @param say told of each version that comes into force. */
export function watchPolicyFile(
  runtime: Runtime,
  file: string,
  inForce: string,
  { log, say }: { log: Log; say: (line: string) => void },
): WatchedPolicy {
  let current = inForce;
  let work = Promise.resolve();

  const read = async (): Promise<void> => {
    try {
      const text = await readFile(file, "utf8");
      if (text === current) return;
      const replaced = await runtime.reloadPolicy(text, file);
      if (!replaced.ok) throw replaced.error;
      current = text;
      say(`Policy reloaded from ${file}: version ${replaced.policy.version.slice(0, 12)}.`);
    } catch (error) {
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
