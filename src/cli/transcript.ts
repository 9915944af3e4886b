// What of a conversation is on the screen already. Words arrive twice, in pieces while they are said and whole in the
// thread's state; each is shown once.
import { z } from "zod";
import { commandLine } from "../http/command-line.js";
import type { Interrupt, Message } from "../http/contract.js";
import { printable, printableLines } from "./printable.js";
import type { Terminal } from "./terminal.js";

export interface Transcript {
  /** Takes what is there for shown. */
  skip(messages: readonly Message[]): void;
  /** A piece of a message that is being said. */
  piece(messageId: string, text: string): void;
  /** Shows what is new in whole messages. */
  messages(messages: readonly Message[]): void;
  /** Shows what is newly held, and how to decide it. */
  holds(interrupts: readonly Interrupt[]): void;
  /** Ends the line of a message that broke off. */
  end(): void;
}

/** @param url of the server, for the commands that are shown with a hold. */
export function createTranscript(terminal: Terminal, url: string): Transcript {
  const shownById = new Map<string, string>();
  const shownHolds = new Set<string>();
  let open: string | null = null;
  const endLine = (): void => {
    if (open !== null) terminal.out("\n");
    open = null;
  };
  const piece = (messageId: string, text: string): void => {
    if (text === "") return;
    if (open !== messageId) {
      endLine();
      terminal.out("agent: ");
      open = messageId;
    }
    terminal.out(printableLines(text));
    shownById.set(messageId, (shownById.get(messageId) ?? "") + text);
  };

  return {
    piece,
    end: endLine,
    skip(messages) {
      for (const message of messages) shownById.set(message.id ?? "", textOf(message.content));
    },
    messages(messages) {
      for (const { type, id, content } of messages) {
        if (type !== "ai") continue;
        piece(id ?? "", textOf(content).slice(shownById.get(id ?? "")?.length ?? 0));
      }
      endLine();
    },
    holds(interrupts) {
      endLine();
      for (const { value } of interrupts) {
        const hold = holdSchema.safeParse(value).data?.holdpoint;
        if (!hold || shownHolds.has(`${hold.reviewId} ${hold.argsHash}`)) continue;
        shownHolds.add(`${hold.reviewId} ${hold.argsHash}`);
        terminal.out(holdText(hold, url));
      }
    },
  };
}

/** The text of a message's content, or of a piece of it; pictures and the like have none. */
export function textOf(content: Message["content"]): string {
  if (typeof content === "string") return content;
  return content.map((block) => textBlock.safeParse(block).data?.text ?? "").join("");
}

const textBlock = z.object({ type: z.literal("text"), text: z.string() });

const holdSchema = z.object({
  holdpoint: z.object({
    reviewId: z.string().nullable(),
    kind: z.string(),
    title: z.string(),
    argsHash: z.string(),
    hasDraft: z.boolean().default(false),
  }),
});
type Hold = z.output<typeof holdSchema>["holdpoint"];

function holdText({ reviewId, kind, title, hasDraft }: Hold, url: string): string {
  const shown = printable(title);
  if (reviewId === null) return `[waiting] ${shown}\n`;
  const id = printable(reviewId.slice(0, 8));
  const commands = (...words: string[]): string =>
    words.map((word) => `  ${printable(commandLine(url, word))}\n`).join("");
  if (kind === "settle") {
    return (
      `[unknown] "${shown}" was attempted, and nobody knows whether it happened. A person has to say:\n` +
      commands(`settle ${id} --happened`, `settle ${id} --not-happened`, `settle ${id} --retry`)
    );
  }
  if (kind === "ask" || kind === "handover") {
    return (
      `[asks] "${shown}" waits for a person's answer. To see it whole, and to answer, in another terminal:\n` +
      commands(`show ${id}`, `respond ${id} --message "…"`)
    );
  }
  if (hasDraft) {
    return (
      `[held] "${shown}" waits for a person, who finishes its words first. In another terminal:\n` +
      commands(`draft ${id}`, `approve ${id}`, `reject ${id} --reason "…"`)
    );
  }
  return (
    `[held] "${shown}" waits for a person. To see it whole, and to decide, in another terminal:\n` +
    commands(`show ${id}`, `approve ${id}`, `reject ${id} --reason "…"`)
  );
}
