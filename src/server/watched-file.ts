// A file of the operator's: read at start, and again whenever it changes or SIGHUP asks. One that is wrong changes
// nothing; the last good one stays in force.
import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { HoldpointError, messageOf } from "../kernel/errors.js";
import type { Log } from "../kernel/log.js";

const lookEveryMs = 500;

/** What stands in it, and where it was named. Throws `options_invalid` where it cannot be read. */
export async function readNamedFile(variable: string, file: string, what: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new HoldpointError("options_invalid", `${variable}=${file} ${whyUnread(error, variable, what)}`);
  });
}

export interface Watched {
  reload(): void;
  stop(): void;
}

export interface Watching {
  file: string;
  /** As in "the policy file". */
  what: string;
  /** The text that is in force. */
  text: string;
  /** Puts a text in force and tells its version, or throws, and nothing has changed. */
  take(text: string): Promise<string>;
  log: Log;
  /** Told of each version that comes into force, and of the end of a fault. */
  say(line: string): void;
}

export function watchNamedFile({ file, what, text, take, log, say }: Watching): Watched {
  let current = text;
  let isFaulty = false;
  let work = Promise.resolve();

  const read = async (): Promise<void> => {
    try {
      const text = await readFile(file, "utf8");
      if (text === current && !isFaulty) return;
      const version = await take(text);
      if (text === current) say(`The ${what} ${file} is good again: ${version} is in force, as before.`);
      else say(`Reloaded the ${what} ${file}: ${version}.`);
      current = text;
      isFaulty = false;
    } catch (error) {
      isFaulty = true;
      log.error(`the ${what} was not reloaded; the last good version stays in force`, {
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

function whyUnread(error: unknown, variable: string, what: string): string {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EISDIR":
      return `is a folder. Name the ${what} in it.`;
    case "ENOENT":
      return `is not there (ENOENT). Name a ${what} that is, or leave ${variable} out.`;
    case "EACCES":
      return "may not be read by this user (EACCES). Give it the right to.";
    default:
      return `cannot be read: ${messageOf(error)}`;
  }
}
