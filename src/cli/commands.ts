import type { Command } from "./command.js";
import { replayCommand } from "./replay.js";

/** All commands, in the order in which `--help` lists them. */
export const commands: readonly Command[] = [replayCommand];
