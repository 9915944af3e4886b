// What a command is: words on how to use it, options that are checked, and something it does.
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Terminal } from "./terminal.js";

export interface Command {
  /** One or two words, as they are typed. */
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  readonly summary: string;
  /** More, for `holdpoint NAME --help`; lines as they are printed. */
  readonly details: string;
  /** Resolves with the exit code. Throws `UsageError` where the words typed make no sense. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** What cannot be done for a reason outside, told in a sentence; exit code 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** What was typed makes no sense; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type OptionTable = NonNullable<ParseArgsConfig["options"]>;
type ValuesOf<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>["values"];

interface CommandDefinition<Options extends OptionTable> extends Omit<Command, "run"> {
  options: Options;
  /** Names of what is to be given beside options, in order; last, in brackets, what may be left out. */
  positionals: readonly string[];
  run(values: ValuesOf<Options>, terminal: Terminal, ...positionals: string[]): Promise<number>;
}

/** Checks what was typed by the table of options before the command sees it. */
export function defineCommand<const Options extends OptionTable>(
  definition: CommandDefinition<Options>,
): Command {
  const { name, usage, summary, details, options, positionals } = definition;
  return {
    name,
    usage,
    summary,
    details,
    run: async (args, terminal) => {
      const typed = parse(args, options);
      const missing = positionals.slice(typed.positionals.length).find((one) => !one.startsWith("["));
      if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
      const empty = positionals.find((_, index) => typed.positionals[index]?.trim() === "");
      if (empty !== undefined) throw new UsageError(`${empty} is empty: nothing is named by it.`);
      const [surplus] = typed.positionals.slice(positionals.length);
      if (surplus !== undefined) throw new UsageError(`"${surplus}" is one word too many.`);
      return definition.run(typed.values, terminal, ...typed.positionals);
    },
  };
}

function parse<const Options extends OptionTable>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** A whole number from 1, as an option's value. */
export function countFrom(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new UsageError(`${option} takes a whole number from 1, not "${value}".`);
  return Number(value);
}

/** One word of a few, as an option's value. */
export function oneOf<const Words extends readonly string[]>(
  value: string,
  option: string,
  words: Words,
): Words[number] {
  const found = words.find((word) => word === value);
  if (found === undefined)
    throw new UsageError(`${option} takes one of ${words.join(", ")}, not "${value}".`);
  return found;
}
