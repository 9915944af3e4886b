// What the operating system says about a process by its id. Ids are reused, above all in containers, so a
// caller that knows the program's name should give it.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";

/** Whether the process lives (a zombie does not) and, where a name is given, is that program. */
export async function isRunning(pid: number, program?: string): Promise<boolean> {
  if (!takesSignals(pid)) return false;
  const seen = await describe(pid);
  if (seen === undefined) return true;
  if (seen.state.startsWith("Z") || seen.state.startsWith("X")) return false;
  return program === undefined || seen.program === program;
}

function takesSignals(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** Undefined where the system does not tell: then the process counts as the one that was asked for. */
async function describe(pid: number): Promise<{ state: string; program: string } | undefined> {
  try {
    if (process.platform === "linux") {
      const [, program, state] =
        /^\d+ \((.*)\) (\S)/s.exec(await readFile(`/proc/${pid}/stat`, "utf8")) ?? [];
      return program === undefined || state === undefined ? undefined : { state, program };
    }
    if (process.platform === "darwin") {
      const { stdout } = await promisify(execFile)("ps", ["-o", "state=", "-o", "comm=", "-p", String(pid)]);
      const [, state, program] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout) ?? [];
      return program === undefined || state === undefined ? undefined : { state, program: basename(program) };
    }
  } catch {
    return undefined;
  }
  return undefined;
}

/** The system's code of an error ("ENOENT"), or Postgres' ("57P03"). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
