import { commentCommand } from "./comment.js";
import { complainCommand } from "./complain.js";
import { accessCheckCommand, accessKeyCommand } from "./access.js";
import { chatCommand } from "./chat.js";
import type { Command } from "./command.js";
import { approveCommand, editCommand, rejectCommand, respondCommand, settleCommand } from "./decide.js";
import { addDeputyCommand, deputiesCommand, removeDeputyCommand } from "./deputies.js";
import { draftCommand } from "./draft.js";
import { claimCommand, extendCommand, handOnCommand, releaseCommand, undoCommand } from "./pass-on.js";
import { policyCheckCommand } from "./policy-check.js";
import { policyDiffCommand } from "./policy-diff.js";
import { policyExplainCommand } from "./policy-explain.js";
import { policyReplayCommand } from "./policy-replay.js";
import { policyShadowCommand } from "./policy-shadow.js";
import { policyTestCommand } from "./policy-test.js";
import { policyVersionsCommand } from "./policy-versions.js";
import { ledgerExportCommand, ledgerSealCommand, ledgerVerifyCommand } from "./ledger.js";
import { replayCommand } from "./replay.js";
import { reportCommand } from "./report.js";
import { toolsAuditCommand } from "./tools-audit.js";
import { addCommand, revokeCommand, signCommand, standingCommand } from "./standing.js";
import { liftCommand, stopCommand, stopsCommand } from "./stops.js";
import { reviewsCommand, showCommand } from "./reviews.js";

/** All commands, in the order in which `--help` lists them. */
export const commands: readonly Command[] = [
  chatCommand,
  reviewsCommand,
  showCommand,
  draftCommand,
  approveCommand,
  rejectCommand,
  editCommand,
  respondCommand,
  settleCommand,
  claimCommand,
  releaseCommand,
  handOnCommand,
  commentCommand,
  complainCommand,
  extendCommand,
  undoCommand,
  deputiesCommand,
  addDeputyCommand,
  removeDeputyCommand,
  standingCommand,
  addCommand,
  signCommand,
  revokeCommand,
  stopCommand,
  stopsCommand,
  liftCommand,
  reportCommand,
  ledgerExportCommand,
  ledgerSealCommand,
  ledgerVerifyCommand,
  replayCommand,
  toolsAuditCommand,
  policyCheckCommand,
  policyTestCommand,
  policyExplainCommand,
  policyReplayCommand,
  policyDiffCommand,
  policyShadowCommand,
  policyVersionsCommand,
  accessCheckCommand,
  accessKeyCommand,
];
