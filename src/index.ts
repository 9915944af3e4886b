export { createHoldpoint, type Holdpoint, type ThreadView } from "./holdpoint.js";
export type { Drafts } from "./runtime/drafts-door.js";
export { defineAgent, type AgentDefinition, type AgentSource } from "./define-agent.js";
export type {
  AgentOptions,
  DatabaseOptions,
  HoldpointOptions,
  RoutingOptions,
  SharedOptions,
} from "./options.js";

export type { BuiltInName } from "./tools/built-in/built-in.js";
export { defineTool } from "./tools/define-tool.js";
export { wrapLangChainTool, type WrapOptions } from "./tools/wrap-langchain.js";
export { wrapMcpTools, type McpClient } from "./tools/wrap-mcp.js";
export type {
  HoldpointTool,
  Reconciliation,
  ToolAnnotations,
  ToolContext,
  ToolDefinition,
} from "./tools/tool.js";
export { OutcomeUnknownError } from "./execution/outcome.js";

export type { BlockKind, BlockProposal, Draft, DraftBlock, Joint, SourceQuote } from "./drafting/block.js";
export type { BlockChange } from "./drafting/change.js";
export { fromMarkdown as draftFromMarkdown, toMarkdown as draftToMarkdown } from "./drafting/markdown.js";
export type { DraftEdits, EditedBlock } from "./drafting/outside-edits.js";
export type { DraftDocument } from "./review/draft-document.js";
export type { Imported, RefusedEdit } from "./review/import-edits.js";
export type { DraftChanged } from "./review/drafts.js";
export type { Answer, DecideResult } from "./review/decide.js";
export type { HoldPayload } from "./review/hold.js";
export type {
  Decision,
  DecisionType,
  Execution,
  ExecutionState,
  Review,
  ReviewKind,
  ReviewStatus,
} from "./review/types.js";
export { loadPolicy } from "./policies/load-policy.js";
export type { Policy } from "./policies/policy.js";
export {
  defineValidator,
  type Objection,
  type Validator,
  type ValidatorInput,
} from "./policies/validator.js";
export type {
  EffectClass,
  Reason,
  Reversibility,
  RiskAssessment,
  RiskLevel,
  Route,
} from "./policies/words.js";

export type { Model, ModelRequest } from "./models/port.js";
export { langchainModel } from "./models/langchain.js";
export { openAiModel, type OpenAiOptions } from "./models/openai.js";
export { scriptedModel, type Script } from "./models/scripted.js";

export { HoldpointError, type ErrorCode } from "./kernel/errors.js";
export type { Principal } from "./kernel/principal.js";
