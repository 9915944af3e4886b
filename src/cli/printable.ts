// Texts from models, customers and tools, made safe to show. A control sequence in one could move the cursor, paint over
// what a reviewer decides on, or set the clipboard; bidirectional marks make a text read as another one.

/** Shows every control, format and line character as an escape, `\u001b` for instance. */
export function printable(text: string): string {
  return text.replace(hidden, escaped);
}

/** As `printable`, for texts of several lines: line ends stay. */
export function printableLines(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map(printable).join("\n");
}

// Cc: controls, also 8-bit ones. Cf: format, with bidirectional marks, zero-width and tag characters. Zl, Zp: other line
// ends. Co, Cs: private and broken. Variation selectors and Hangul fillers are letters by class, and show nothing.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFE00-\uFE0F\uFFA0\u{E0100}-\u{E01EF}]/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}
