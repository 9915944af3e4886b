// Texts from models, customers and tools, made safe to show. A control sequence in one could move the cursor, paint over
// what a reviewer decides on, or set the clipboard; bidirectional marks make a text read as another one.
import { hiddenCharacters } from "../kernel/hidden-characters.js";

/** Shows every character that would act instead of being seen as an escape: `\u001b`, for instance. */
export function printable(text: string): string {
  return text.replace(hiddenCharacters, escaped);
}

/** As `printable`, for texts of several lines: their ends stay. */
export function printableLines(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map(printable).join("\n");
}

/** JSON that can be shown as well as read: the escapes are JSON's own, so nothing of the value is lost. */
export function printableJson(value: unknown, indent = 0): string {
  return printableLines(JSON.stringify(value, null, indent));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
