// Saying something about a held call, or asking a colleague about it.
import { defineCommand, UsageError } from "./command.js";
import { findReview } from "./find-review.js";
import { printable } from "./printable.js";
import { serverAt } from "./server.js";

export const commentCommand = defineCommand({
  name: "comment",
  usage: "ID TEXT [--to WHO]",
  summary: "Say something about a held call to those who see it, or ask a colleague.",
  details: "It decides nothing, and the agent does not hear of it.",
  options: { to: { type: "string" } },
  positionals: ["ID", "TEXT"],
  async run({ to }, terminal, typed = "", text = "") {
    if (to?.trim() === "") throw new UsageError("--to is empty: name whom you ask.");
    const server = serverAt(terminal);
    const { id, title } = await findReview(server, typed);
    await server.comment(id, { text, ...(to === undefined ? {} : { to }) });
    const heard = to === undefined ? "whoever sees it reads it" : `${printable(to)} is asked`;
    terminal.out(`${printable(title)}: ${heard}.\n`);
    return 0;
  },
});
