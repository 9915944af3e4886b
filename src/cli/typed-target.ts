// What is critical is released by typing what it is about, as on the page: a command that was called back from the shell's
// history runs faster than an eye reads.
import { createInterface } from "node:readline";
import { targetOf } from "../http/contract/target.js";
import type { Review } from "../http/contract.js";
import { Refusal, UsageError } from "./command.js";
import { printable } from "./printable.js";
import type { Terminal } from "./terminal.js";

/**
 * Asks the person at the terminal. Throws a `UsageError` where nobody is there to ask and nothing was given, and a
 * `Refusal` where it is something else.
 */
export async function askForTarget(
  terminal: Terminal,
  about: Pick<Review, "args" | "tool">,
  given: string | undefined,
): Promise<void> {
  const target = targetOf(about);
  // As it is shown: characters that hide are typed as their numbers.
  const shown = printable(target);
  const typed = given ?? (await lineFrom(terminal, `\nThis is critical. Type ${shown} to approve it: `));
  if (typed === null)
    throw new UsageError(
      `This is critical: say what it is about with --target. Read it above, and give ${shown} if it is right.`,
    );
  if (![target, shown].includes(typed.trim()))
    throw new Refusal(
      `\nThis is critical, and about ${shown}; "${printable(typed.trim())}" was typed. Nothing was decided.`,
    );
}

/** Null where nobody types. */
async function lineFrom(terminal: Terminal, question: string): Promise<string | null> {
  if (terminal.input.isTTY !== true) return null;
  terminal.out(question);
  const lines = createInterface({ input: terminal.input });
  try {
    for await (const line of lines) return line;
    return null;
  } finally {
    // Left open, it would keep the process alive.
    lines.close();
  }
}
