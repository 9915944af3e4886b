import { HoldpointError } from "../kernel/errors.js";
import { isNameOfChanges } from "../review/change-names.js";

/** Throws `options_invalid`. */
export function refuseSameNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.length === 0)
    throw new HoldpointError("options_invalid", "There is nothing to serve: name at least one graph.");
  const reserved = names.find(isNameOfChanges);
  if (reserved !== undefined)
    throw new HoldpointError(
      "options_invalid",
      `A graph is named "${reserved}". Under such a name changes of a policy stand. Give it another.`,
    );
  if (twice === undefined) return;
  throw new HoldpointError(
    "options_invalid",
    `Two graphs are named "${twice}". Give each a name of its own.`,
  );
}
