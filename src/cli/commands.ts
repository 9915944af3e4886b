import { accessCheckCommand, accessKeyCommand } from "./access.js";
import { chatCommand } from "./chat.js";
import type { Command } from "./command.js";
import { approveCommand, editCommand, rejectCommand, respondCommand, settleCommand } from "./decide.js";
import { claimCommand, handOnCommand, releaseCommand, undoCommand } from "./pass-on.js";
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
  claimCommand,
  releaseCommand,
  handOnCommand,
  undoCommand,
  replayCommand,
  policyCheckCommand,
  accessCheckCommand,
  accessKeyCommand,
];
