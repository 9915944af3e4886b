import type { StructuredToolInterface } from "@langchain/core/tools";
import type { z } from "zod";
import type { JsonObject } from "../kernel/json.js";
import type { EffectClass, Reversibility } from "../policies/words.js";

/** Hints in MCP's words. An absent one means the worst: not read-only, destructive, not idempotent, open world. */
export interface ToolAnnotations {
  title?: string;
  readOnlyHint?: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint?: boolean;
}

/** What a tool gets beside its arguments. */
export interface ToolContext {
  /** The conversation in which the call was made. */
  threadId: string;
  /** The same for every attempt of one decided call; hand it to the remote where that honours such keys. */
  idempotencyKey: string;
  /** Ours: cancelled by a person or a time limit. An abort after the request left leaves the outcome unknown. */
  signal: AbortSignal;
  /** For `transactional` tools: statements here commit together with the record of the call, or not at all. */
  sql?: { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };
}

/** What a remote says of a key: it happened (with what result), it did not, or it cannot tell. */
export type Reconciliation =
  | { happened: true; result: unknown }
  | { happened: false }
  | { happened: "unknown" };

/**
 * `ask`: a question to a person. `handover`: a case for a person, who says how it goes on. `plan`: several calls that a
 * person approves before any of them is made.
 */
export type AskKind = "ask" | "handover" | "plan";

/** A tool as the rest of Holdpoint sees it, whatever it was made from. */
export interface HoldpointTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, as shown to the model and to reviewers. */
  readonly argsSchema: JsonObject;
  readonly annotations: ToolAnnotations;
  readonly readOnly: boolean;
  /** A repeat of the same call changes nothing more, so it is not held as a possible repeat. */
  readonly idempotent: boolean;
  readonly reversibility: Reversibility;
  readonly effect: EffectClass;
  /** What the call will do, in the reader's words. */
  title(args: JsonObject): string;
  /** Parses what the model or a reviewer wrote into the JSON that is hashed, shown, decided and run. Throws `args_invalid`. */
  parseArgs(args: unknown): JsonObject;
  run(args: JsonObject, context: ToolContext): Promise<unknown>;
  reconcile?(idempotencyKey: string, args: JsonObject): Promise<Reconciliation>;
  /** The argument that carries words for people. Such a call waits, and its words are written together. */
  readonly draft?: string;
  /** Nothing runs: its call is a question, and what a person answers is its result. Holdpoint's own tools only. */
  readonly asks?: AskKind;
  /** What it was made from. LangChain's own agent runs that one, and hands it more than `run` does. */
  readonly langchain?: StructuredToolInterface;
}

/** What an author writes to `defineTool`. */
export interface ToolDefinition<Args extends z.ZodType> {
  name: string;
  description: string;
  args: Args;
  annotations?: ToolAnnotations;
  reversibility?: Reversibility;
  effect?: EffectClass;
  /**
   * The argument that carries words for people (an e-mail's body, a note): the agent says of each part how sure it is of
   * it, and a person finishes them before anything is sent. A text at the top of the arguments.
   */
  draft?: string;
  /** What the call will do, in the reader's words: "Refund 420.00 EUR for order 8841". */
  title?: (args: z.output<Args>) => string;
  run(args: z.output<Args>, context: ToolContext): unknown;
  /** For `queryable` tools: asks the remote by key whether an interrupted call happened. */
  reconcile?(idempotencyKey: string, args: z.output<Args>): Promise<Reconciliation>;
}
