#!/usr/bin/env node
// The `holdpoint` command: finds the command that was typed, runs it, and turns what it throws into words and a code.
import { once } from "node:events";
import { inspect } from "node:util";
import { Refusal, UsageError, type Command } from "./cli/command.js";
import { commands } from "./cli/commands.js";
import { printableLines } from "./cli/printable.js";
import type { Terminal } from "./cli/terminal.js";
import { ownVersion } from "./cli/version.js";
import { isHoldpointError } from "./kernel/errors.js";

const terminal: Terminal = {
  env: (name) => process.env[name] || undefined,
  input: process.stdin,
  out: (text) => void process.stdout.write(text),
  drained: async () => void (process.stdout.writableNeedDrain && (await once(process.stdout, "drain"))),
  err: (text) => void process.stderr.write(text),
  errIsTty: process.stderr.isTTY,
};

// Whoever reads our output may stop early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2));
// Graphs that were loaded may hold something open for ever, such as a connection to an MCP server. What was said is out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));

async function main(typed: readonly string[]): Promise<number> {
  const found = commands.find(({ name }) => name.split(" ").every((word, index) => typed[index] === word));
  if (!found) return withoutCommand(typed);
  const args = typed.slice(found.name.split(" ").length);
  if (asksForHelp(args)) {
    terminal.out(helpOn(found));
    return 0;
  }
  try {
    return await found.run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(printableLines(`${error.message}\nUsage: holdpoint ${found.name} ${found.usage}\n`));
      return 2;
    }
    const isTold = isHoldpointError(error) || error instanceof Refusal;
    // Anything else is ours to mend, and comes with its stack.
    terminal.err(printableLines(`${isTold ? error.message : inspect(error)}\n`));
    return 1;
  }
}

async function withoutCommand(typed: readonly string[]): Promise<number> {
  const [first] = typed;
  if (first === "--version" || first === "-v") {
    terminal.out(`${await ownVersion()}\n`);
    return 0;
  }
  // Of a command of two words, the first one alone.
  const begun = commands.filter(({ name }) => name.startsWith(`${first} `));
  const known = begun.length > 0 ? begun.map(helpOn).join("\n") : help();
  if (first === "help" || asksForHelp(typed)) {
    terminal.out(known);
    return 0;
  }
  terminal.err(
    first === undefined ? known : printableLines(`There is no command "${typed.join(" ")}".\n\n${known}`),
  );
  return 2;
}

function asksForHelp(typed: readonly string[]): boolean {
  return typed.includes("--help") || typed.includes("-h");
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `Usage: holdpoint COMMAND …\n\n${lines.join("")}\nholdpoint COMMAND --help tells more of one, holdpoint --version which version this is.\n`;
}

function helpOn({ name, usage, summary, details }: Command): string {
  return `Usage: holdpoint ${name} ${usage}\n\n${summary}\n${details === "" ? "" : `\n${details}\n`}`;
}
