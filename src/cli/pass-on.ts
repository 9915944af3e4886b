// The commands that say who has a review, and take a decision back.
import type { Addressee, Review } from "../http/contract.js";
import { defineCommand, UsageError } from "./command.js";
import { findReview } from "./find-review.js";
import { printable } from "./printable.js";
import { serverAt, type Server } from "./server.js";
import type { Terminal } from "./terminal.js";

export const claimCommand = defineCommand({
  name: "claim",
  usage: "ID",
  summary: "Have a held call to yourself for ten minutes; nobody else decides it meanwhile.",
  details: "",
  options: {},
  positionals: ["ID"],
  run: (_, terminal, id = "") => told(terminal, id, (server, of) => server.claim(of)),
});

export const releaseCommand = defineCommand({
  name: "release",
  usage: "ID",
  summary: "Give back what you claimed, or gave to somebody.",
  details: "An operator gives back what anybody has.",
  options: {},
  positionals: ["ID"],
  run: (_, terminal, id = "") => told(terminal, id, (server, of) => server.release(of)),
});

export const handOnCommand = defineCommand({
  name: "hand-on",
  usage: "ID --to-person WHO | --to-tier TIER [--note TEXT]",
  summary: "Hand a held call on: to a person for eight hours, or up the ladder.",
  details: "",
  options: { "to-person": { type: "string" }, "to-tier": { type: "string" }, note: { type: "string" } },
  positionals: ["ID"],
  async run({ "to-person": person, "to-tier": tier, note }, terminal, id = "") {
    const to = addresseeOf(person, tier);
    const code = await told(terminal, id, (server, of) =>
      server.handOn(of, { to, ...(note === undefined ? {} : { note }) }),
    );
    if ("person" in to && !isOfKey(to.person)) terminal.out(aboutUnknown(to.person, id));
    return code;
  },
});

export const extendCommand = defineCommand({
  name: "extend",
  usage: "ID",
  summary: "Put its deadline off, where the policy gives its tier more time.",
  details: "",
  options: {},
  positionals: ["ID"],
  async run(_, terminal, id = "") {
    const server = serverAt(terminal);
    const { title, expiresAt } = await server.extend((await findReview(server, id)).id);
    terminal.out(`${printable(title)}: it has until ${expiresAt ?? ""}.\n`);
    return 0;
  },
});

export const undoCommand = defineCommand({
  name: "undo",
  usage: "ID",
  summary: "Take your decision back, where the policy still leaves time for it.",
  details: "",
  options: {},
  positionals: ["ID"],
  run: (_, terminal, id = "") => told(terminal, id, (server, of) => server.undo(of)),
});

async function told(
  terminal: Terminal,
  typed: string,
  act: (server: Server, id: string) => Promise<Review>,
): Promise<number> {
  const server = serverAt(terminal);
  const { id } = await findReview(server, typed);
  terminal.out(`${standingText(await act(server, id))}\n`);
  return 0;
}

function standingText({ title, tier, claimedBy, claimedUntil }: Review): string {
  const who = claimedBy
    ? `${printable(claimedBy.id)} has it until ${claimedUntil ?? ""}`
    : `nobody has it; it waits for ${printable(tier)}`;
  return `${printable(title)}: ${who}.`;
}

/** Keys are the server's own, and it refuses one that it does not have; who comes with a token it does not know before. */
function isOfKey(person: string): boolean {
  return person.startsWith("key:");
}

function aboutUnknown(person: string, id: string): string {
  return (
    `Whether there is an account ${printable(person)} is not known here: if it is misspelt, nobody decides this for hours. ` +
    `Take it back with: holdpoint release ${printable(id)}\n`
  );
}

function addresseeOf(person: string | undefined, tier: string | undefined): Addressee {
  if (person?.trim() && tier === undefined) return { person };
  if (tier?.trim() && person === undefined) return { tier };
  throw new UsageError("Give one of --to-person and --to-tier.");
}
