import { accessCheckCommand, accessKeyCommand } from "./access.js";
import { chatCommand } from "./chat.js";
import type { Command } from "./command.js";
import { approveCommand, editCommand, rejectCommand, respondCommand, settleCommand } from "./decide.js";
import { policyCheckCommand } from "./policy-check.js";
import { replayCommand } from "./replay.js";
import { reviewsCommand, showCommand } from "./reviews.js";

/** All commands, in the order in which `--help` lists them. */
export const commands: readonly Command[] = [
  chatCommand,
  reviewsCommand,
  showCommand,
  approveCommand,
  rejectCommand,
  editCommand,
  respondCommand,
  settleCommand,
  replayCommand,
  policyCheckCommand,
  accessCheckCommand,
  accessKeyCommand,
];
