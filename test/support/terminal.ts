import { PassThrough } from "node:stream";
import type { Terminal } from "../../src/cli/terminal.js";

/** A terminal that keeps what is said. `env` is all the environment there is; `isWatched`: a person looks at it. */
export function capturingTerminal(
  env: Record<string, string> = {},
  { isWatched = false } = {},
): Terminal & { said: { out: string; err: string } } {
  const said = { out: "", err: "" };
  return {
    said,
    env: (name) => env[name],
    input: new PassThrough(),
    out: (text) => void (said.out += text),
    drained: () => Promise.resolve(),
    err: (text) => void (said.err += text),
    errIsTty: isWatched,
  };
}
