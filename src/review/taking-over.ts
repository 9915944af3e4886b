// A person leads a conversation in its agent's place. What is said meanwhile is kept as letters, in their order, until the
// agent's next turn writes them into the graph's state.
import type { JsonObject } from "../kernel/json.js";
import type { Principal } from "../kernel/principal.js";

export interface TakeOver {
  id: string;
  by: Principal;
  at: Date;
  /** The turn it stands behind; null: before all. */
  after: string | null;
  back: { at: Date; after: string | null; takenBy: string | null; note: string | null } | null;
}

/** A message in the form in which LangGraph's servers write it; its id names it. */
export type Letter = JsonObject & { id: string; type: string };

/** What an agent has to know at the beginning of a turn. */
export interface Due {
  /** Who leads the conversation; the agent is silent then. */
  leader: string | null;
  /** Not known to stand in the graph's state yet. */
  letters: Letter[];
  /** What those who handed it back wrote for the agent. */
  notes: { by: string; text: string }[];
}

export interface Letters {
  due(tenant: string, threadId: string): Promise<Due>;
  /** Keeps messages if somebody leads the conversation; false where nobody does. Again with the same ids, it is one time. */
  keep(tenant: string, threadId: string, letters: readonly Letter[]): Promise<boolean>;
  /** They stand in the graph's state, as a run sees it that was not taken back meanwhile. */
  placed(
    at: { tenant: string; threadId: string; run: { id: string; epoch: number } },
    ids: readonly string[],
  ): Promise<void>;
}

/** As an agent at work asks for them. */
export interface LettersAtWork extends Letters {
  /** The step before this turn found, when it was saved, that there is nothing to look at. */
  foundNone(run: { id: string; epoch: number }): boolean;
}

/** Where a message says which person wrote it. */
export function writtenBy(message: { additional_kwargs?: Record<string, unknown> }): string | null {
  const { writtenBy: by } = Object(message.additional_kwargs?.["holdpoint"]) as { writtenBy?: unknown };
  return typeof by === "string" ? by : null;
}

/** What a person writes reaches who chats as a message of the assistant's. */
export function letterOf(id: string, text: string, by: string): Letter {
  return { id, type: "ai", content: text, additional_kwargs: { holdpoint: { writtenBy: by } } };
}
