// Children that run our compiled code, as a user's own process would; `npm test` builds it beforehand.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program text (an ES module) in a process of its own, with `dist` as the place of our code. */
export function startChild(program: string, environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ["--input-type=module", "--eval", program], {
    env: { ...process.env, ...environment, DIST: `file://${dist}` },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs a program file in a process of its own. */
export function startProgram(file: URL, environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(file)], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
