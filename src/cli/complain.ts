// Telling that something went wrong with what was done.
import { Refusal, defineCommand } from "./command.js";
import { findReview } from "./find-review.js";
import { printable } from "./printable.js";
import { serverAt } from "./server.js";

export const complainCommand = defineCommand({
  name: "complain",
  usage: "ID TEXT",
  summary: "Tell what went wrong with a call that was made.",
  details: `ID is that of its review. It changes nothing of what was done: calls of the same tool about the same order, customer
or address wait for a person from then on, and they read TEXT.`,
  options: {},
  positionals: ["ID", "TEXT"],
  async run(_, terminal, typed = "", text = "") {
    const server = serverAt(terminal);
    const { id, threadId, title, tool } = await findReview(server, typed);
    const made = (await server.executions(threadId)).find(({ reviewId }) => reviewId === id);
    if (!made) throw new Refusal(`${printable(title)}: nothing was done yet, so nothing went wrong with it.`);
    await server.complain(made.id, text);
    terminal.out(
      `${printable(title)}: on record. The next call of ${printable(tool)} about the same waits for a person.\n`,
    );
    return 0;
  },
});
