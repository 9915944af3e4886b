// The server as its users start it: compiled, in a process of its own.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

const program = new URL("../../dist/src/server.js", import.meta.url).pathname;

export class Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  out = "";
  err = "";

  constructor(environment: Record<string, string>) {
    const { PATH = "", HOME = "" } = process.env;
    this.child = spawn(process.execPath, [program], {
      env: { PATH, HOME, PORT: "0", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout.on("data", (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr.on("data", (chunk: Buffer) => (this.err += chunk.toString()));
    this.exited = once(this.child, "close").then(([code, signal]) => ({ code, signal }) as never);
  }

  /** Resolves once this has been written; fails when the process ends without it. */
  async said(what: RegExp, where: "out" | "err" = "out"): Promise<RegExpExecArray> {
    const stream = where === "out" ? this.child.stdout : this.child.stderr;
    for (;;) {
      const found = what.exec(this[where]);
      if (found) return found;
      const ended = await Promise.race([once(stream, "data").then(() => null), this.exited]);
      if (ended && !what.test(this[where])) {
        throw new Error(`Ended with ${ended.code} before saying ${what}:\n${this.out}${this.err}`);
      }
    }
  }

  async url(): Promise<string> {
    return (await this.said(/listens on (http:\S+)/))[1] ?? "";
  }
}
