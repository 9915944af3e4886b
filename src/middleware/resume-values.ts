import type { TaskRuntime } from "./scope.js";

/**
 * Takes from a task what it was resumed with. A value that woke a hold would else be the answer to whatever is asked
 * next in the same task: by the tool itself, or by an agent inside it.
 *
 * LangGraph has no door for this; were its field to be named otherwise, the value would stay, and still release nothing.
 */
export function dropAnswers({ configurable }: TaskRuntime): void {
  const values = configurable?.["__pregel_scratchpad"] as
    | { resume?: unknown[]; nullResume?: unknown }
    | undefined;
  values?.resume?.splice(0);
  delete values?.nullResume;
}
